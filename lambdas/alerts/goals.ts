import type { Goal } from '../domain/goal.ts'
import { isJudged } from '../domain/judged-metrics.ts'
import type { Workload } from '../domain/workload.ts'

/** The goal of a workload on a metric as configured, and whether evaluations prove it. */
export interface ConfiguredGoal {
  /** `undefined` when the configuration that is deployed has none any more. */
  readonly goal: Goal | undefined
  /** Goals on units' costs and on operation are proven by the cost job, which keeps no evaluation. */
  readonly isQuality: boolean
  /** Whether its figures are those of a judge. */
  readonly isJudged: boolean
}

/** Finds a goal by the names that its alarm carries. */
export function findGoal(
  workloads: readonly Workload[],
  workload: string,
  metric: string,
): ConfiguredGoal {
  const configured = workloads.find(({ name }) => name === workload)
  const has = (goal: Goal): boolean => goal.metric === metric
  const other = [
    ...(configured?.units.flatMap(({ goals }) => goals ?? []) ?? []),
    ...(configured?.operatingGoals ?? []),
  ].find(has)
  if (other !== undefined) return { goal: other, isQuality: false, isJudged: false }
  return {
    goal: configured?.qualityGoals?.find(has),
    isQuality: true,
    isJudged: isJudged(metric, configured?.benchmark),
  }
}
