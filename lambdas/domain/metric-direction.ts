import type { Workload } from './workload.ts'

/** Metrics of which less is better; more is better of all others. */
const lowerIsBetter: ReadonlySet<string> = new Set([
  'hallucination_rate',
  'expected_calibration_error',
  'conformance_duration',
  'latency',
  'latency_p95',
  'tokens_per_row',
  'cost_per_row_usd',
])

/** Which way a metric of a workload is better. A criterion is a yes that is wanted. */
export function betterOf(
  metric: string,
  workload: Pick<Workload, 'qualityGoals'>,
): 'higher' | 'lower' {
  const goal = workload.qualityGoals?.find((each) => each.metric === metric)
  if (goal !== undefined) return goal.comparator === 'atLeast' ? 'higher' : 'lower'
  return lowerIsBetter.has(metric) ? 'lower' : 'higher'
}
