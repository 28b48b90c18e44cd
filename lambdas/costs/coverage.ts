import { type Goal, type Verdict, verdictOf } from '../domain/goal.ts'

/** A share with what it rests on. `value` is `null` when it cannot be known; `reason` says why, or is empty. */
export interface Share {
  readonly value: number | null
  readonly samples: number
  /** `null` where no goal is set. */
  readonly verdict: Verdict | null
  readonly reason: string
}

/** Traced and made calls, added up over days. */
export interface CallCounts {
  readonly traced: number
  /** From outside MLflow; `null` when no source could say. */
  readonly made: number | null
  /** The sum of the smaller of the two of each day: a day that is counted too high makes up for no other. */
  readonly matched: number
}

/** Tracking coverage: traced calls / calls made, day by day, where the calls made come from outside MLflow. */
export function trackingCoverage(
  { traced, made, matched }: CallCounts,
  goal: Goal | undefined,
): Share {
  if (made === null) return unknown('No source says how many calls were made.', goal)
  if (made === 0 && traced === 0) return unknown('No calls were made.', goal)
  if (traced > made) {
    return unknown(
      `${traced} calls were traced but only ${made} reported: the source misses some.`,
      goal,
    )
  }
  return proven(matched / made, made, goal)
}

/** Cost visibility: calls with a price / traced calls. */
export function costVisibility(priced: number, traced: number, goal: Goal | undefined): Share {
  if (traced === 0) return unknown('No calls were traced.', goal)
  return proven(priced / traced, traced, goal)
}

function unknown(reason: string, goal: Goal | undefined): Share {
  return { value: null, samples: 0, verdict: goal === undefined ? null : 'unproven', reason }
}

function proven(value: number, samples: number, goal: Goal | undefined): Share {
  if (goal === undefined) return { value, samples, verdict: null, reason: '' }
  const verdict = verdictOf(goal, { value, samples })
  const reason =
    verdict === 'unproven' ? `${samples} samples; the goal asks for ${goal.minSamples ?? 1}.` : ''
  return { value, samples, verdict, reason }
}
