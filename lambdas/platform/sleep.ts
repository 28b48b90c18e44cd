import type { CapacityPoint } from './cluster-capacity.ts'

/** CloudWatch may be that late with a point, and a cluster that long in pausing. */
const slackMinutes = 10

/**
 * Whether a cluster that may pause has slept since the job last succeeded, apart from the time it takes to fall asleep
 * after the job itself. Then nothing new can have come, or so little and so early that it waits for the next run.
 * Without points nothing is known, and the job runs.
 */
export function hasSleptSince(
  lastSuccess: Date,
  points: readonly CapacityPoint[],
  pauseAfterMinutes: number,
): boolean {
  const asleepFrom = lastSuccess.getTime() + (pauseAfterMinutes + slackMinutes) * 60_000
  const telling = points.filter((point) => point.at.getTime() >= asleepFrom)
  return telling.length > 0 && telling.every((point) => point.maximum === 0)
}
