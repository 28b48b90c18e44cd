/** How a figure is compared with its target. */
export type Comparator = 'atLeast' | 'atMost'

/** A metric, a comparator, a target, and how much evidence it needs. */
export interface Goal {
  /** Name of the metric as defined in `docs/metrics.md`. */
  readonly metric: string
  readonly comparator: Comparator
  /** Target in the metric's own unit (a share as 0..1, money in USD, time in milliseconds). */
  readonly target: number
  /** Fewest samples that can prove the goal. @default 1 */
  readonly minSamples?: number
}

/** `unproven`: too few samples, or the metric is absent. Absent is never met. */
export type Verdict = 'met' | 'missed' | 'unproven'

/** A figure with the number of samples it rests on; `null` when it could not be computed. */
export interface Measurement {
  readonly value: number | null
  readonly samples: number
}

/** Compares a measurement with its goal. A target that is hit exactly is met. */
export function verdictOf(goal: Goal, measurement: Measurement | undefined): Verdict {
  if (
    measurement === undefined ||
    measurement.value === null ||
    !Number.isFinite(measurement.value)
  ) {
    return 'unproven'
  }
  if (measurement.samples < (goal.minSamples ?? 1)) return 'unproven'
  const met =
    goal.comparator === 'atLeast'
      ? measurement.value >= goal.target
      : measurement.value <= goal.target
  return met ? 'met' : 'missed'
}
