import type { Workload } from '../../domain/workload.ts'
import { definitionsOf } from '../metrics/registry.ts'

/** Whether more of a metric is better. A criterion is a yes that is wanted; what nothing is known of has none. */
export function directionOf(
  metric: string,
  workload: Pick<Workload, 'qualityGoals' | 'benchmark'>,
): 'higher' | 'lower' | undefined {
  const [definition] = definitionsOf(metric)
  if (definition !== undefined) return definition.better
  const goal = workload.qualityGoals?.find((each) => each.metric === metric)
  if (goal !== undefined) return goal.comparator === 'atLeast' ? 'higher' : 'lower'
  return workload.benchmark?.criteria?.some(({ name }) => name === metric) ? 'higher' : undefined
}
