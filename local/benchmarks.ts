import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { evaluationResponse } from '../lambdas/evaluation/api/evaluation-schema.ts'
import { invoke, scheduleTarget } from './account.ts'
import { ask } from './platform-api.ts'
import type { Settings } from './settings.ts'
import type { RunningStack } from './stack-file.ts'

/** An evaluation as the API answers it. */
export type Evaluation = z.output<typeof evaluationResponse>

/** What running benchmarks needs from outside. */
export interface BenchmarkRunner {
  /** Starts a workload's benchmark, and returns the evaluation's id. */
  readonly start: (workload: string) => Promise<string>
  readonly read: (id: string) => Promise<Evaluation>
  readonly sleep: (milliseconds: number) => Promise<unknown>
  /** Milliseconds of a clock. */
  readonly now: () => number
}

const pauseMilliseconds = 1_000

/** What an evaluation that has ended is; the others are under way. */
const ended = new Set<Evaluation['status']>(['completed', 'incomplete', 'failed', 'cancelled'])

/**
 * Starts the benchmarks side by side and waits until all have ended. Throws what went wrong where nothing was
 * evaluated; an incomplete evaluation is returned like a complete one.
 * @param tell is told how many have ended
 */
export const runBenchmarks = async (
  workloads: readonly string[],
  runner: BenchmarkRunner,
  options: { readonly withinSeconds: number; readonly tell: (progress: string) => void },
): Promise<Evaluation[]> => {
  const deadline = runner.now() + options.withinSeconds * 1_000
  const ids = await Promise.all(workloads.map((workload) => runner.start(workload)))
  const evaluations: Evaluation[] = []
  // One question at a time: the evaluations need the machine more.
  for (const [index, id] of ids.entries()) {
    for (;;) {
      const evaluation = await runner.read(id)
      if (ended.has(evaluation.status)) {
        evaluations.push(evaluation)
        options.tell(`${evaluations.length} of ${ids.length}`)
        break
      }
      if (runner.now() > deadline)
        throw new Error(
          `The benchmark of ${workloads[index]} (${id}) is still ${evaluation.status} after ` +
            `${options.withinSeconds} s.`,
        )
      await runner.sleep(pauseMilliseconds)
    }
  }
  const failed = evaluations.filter(({ status }) => status === 'failed' || status === 'cancelled')
  if (failed.length > 0)
    throw new Error(
      failed
        .map(({ workload, id, status, reason }) => `${workload} (${id}) ${status}: ${reason}`)
        .join('\n'),
    )
  return evaluations
}

const scheduleAnswer = z.object({
  result: z.enum(['started', 'started before']),
  evaluationId: z.string(),
})

/** Runs benchmarks of a stack as its schedules would, by their targets. */
export const benchmarksOf = (
  settings: Settings,
  stack: RunningStack,
  scheduleGroup: string,
): BenchmarkRunner => ({
  async start(workload) {
    const schedule = { name: `benchmark-${workload}`, group: scheduleGroup }
    const { arn, input } = await scheduleTarget(settings, schedule)
    const scheduledAt = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
    const answer = await invoke(settings, {
      arn,
      // The Scheduler itself would put the time of the run here.
      input: input.replaceAll('<aws.scheduler.scheduled-time>', scheduledAt),
    })
    const { result, evaluationId } = scheduleAnswer.parse(answer)
    if (result === 'started') return evaluationId
    // A schedule evaluates once a day; what this start has changed is evaluated on demand.
    const body = { workload }
    return (await ask(stack, evaluationResponse, '/ops/evaluations', { body })).id
  },
  read: (id) => ask(stack, evaluationResponse, `/ops/evaluations/${id}`),
  sleep,
  now: Date.now,
})
