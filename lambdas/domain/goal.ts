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
  /** Confidence, such as 0.95, with which the true value must be on the right side of the target. @default the estimate decides */
  readonly confidence?: number
}

/** `unproven`: too few samples, or the metric is absent. Absent is never met. */
export type Verdict = 'met' | 'missed' | 'unproven'

/** A figure with the number of samples it rests on; `null` when it could not be computed. */
export interface Measurement {
  readonly value: number | null
  readonly samples: number
  /** Covers the true value with the goal's confidence; `null` where it could not be computed. */
  readonly interval?: { readonly lower: number; readonly upper: number } | null
}

/**
 * Compares a measurement with its goal. A target that is hit exactly is met. Where the goal asks for a confidence, a
 * value on the right side whose interval reaches the wrong one is unproven.
 */
export function verdictOf(goal: Goal, measurement: Measurement | undefined): Verdict {
  if (
    measurement === undefined ||
    measurement.value === null ||
    !Number.isFinite(measurement.value)
  ) {
    return 'unproven'
  }
  if (measurement.samples < (goal.minSamples ?? 1)) return 'unproven'
  if (!isMet(goal, measurement.value)) return 'missed'
  if (goal.confidence === undefined) return 'met'
  const { interval } = measurement
  if (interval === undefined || interval === null) return 'unproven'
  return isMet(goal, goal.comparator === 'atLeast' ? interval.lower : interval.upper)
    ? 'met'
    : 'unproven'
}

function isMet({ comparator, target }: Goal, value: number): boolean {
  return comparator === 'atLeast' ? value >= target : value <= target
}
