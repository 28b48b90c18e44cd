import type { Workload } from '../domain/workload.ts'
import type { Statements } from '../platform/data-api.ts'
import {
  type AggregationOptions,
  toNanoseconds,
  type TracedExperiment,
  windowStart,
  workloadOf,
} from './aggregate.ts'

/** How far back late calls are looked for, in days. */
const lookBackDays = 35

/** Counts the calls that arrived after the lateness window of a run. They stay out of the sums until settled by hand. */
export async function countLateCalls(
  statements: Statements,
  experiments: readonly TracedExperiment[],
  options: AggregationOptions & { readonly workloads: readonly Workload[] },
): Promise<number> {
  const oldest = Math.max(
    options.oldestKept.getTime(),
    options.now.getTime() - lookBackDays * 86_400_000,
  )
  let late = 0
  for (const experiment of experiments) {
    const [row] = await statements.query<{ calls: number }>(
      `select ops.count_late_calls(
         :experiment::integer, :workload::text, :timeZone::text, :from::bigint, :until::bigint) as calls`,
      {
        experiment: experiment.id,
        workload: workloadOf(experiment, options.workloads),
        timeZone: options.timeZone,
        from: toNanoseconds(new Date(oldest)),
        until: windowStart(experiment, options),
      },
    )
    late += row?.calls ?? 0
  }
  return late
}
