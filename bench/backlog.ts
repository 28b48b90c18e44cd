import { environments } from '../config/environments.ts'
import { priceOverrides } from '../config/prices.ts'
import { workloads } from '../config/workloads.ts'
import type { Aggregation } from '../lambdas/costs/aggregate.ts'
import type { Database } from '../lambdas/platform/data-api.ts'

/** A run of the cost job, and how long its parts took, in milliseconds. */
export interface MeasuredRun extends Aggregation {
  /** All of the job: settling, late calls, daily figures, retention. */
  readonly milliseconds: number
  /** Until the last call was priced and in every sum. */
  readonly settledAfter: number
  /** Each chunk; the first of an experiment holds the search for new models. */
  readonly chunkMilliseconds: readonly number[]
}

/** The environment whose settings apply. */
const config = environments.prod

/**
 * Runs the cost job as its function does, through the Data API, at a moment. What lies outside of the database, such as
 * CloudWatch, answers at once.
 */
export async function runJob(database: Database, now: Date): Promise<MeasuredRun> {
  const { runCostJob } = await import('../lambdas/costs/run-job.ts')
  const chunkMilliseconds: number[] = []
  const started = performance.now()
  let last = started
  const result = await runCostJob(
    { action: 'settle' },
    {
      config,
      workloads,
      overrides: priceOverrides,
      database,
      callSources: [],
      publish: async () => undefined,
      lastSuccess: { read: async () => undefined, write: async () => undefined },
      capacity: async () => [],
      now: () => now,
      mayContinue: () => true,
      log: (message) => {
        if (message !== 'settling') return
        const current = performance.now()
        chunkMilliseconds.push(current - last)
        last = current
      },
    },
  )
  if (result.result !== 'settled') throw new Error(`The job did not finish: ${result.result}.`)
  return {
    ...result,
    milliseconds: performance.now() - started,
    settledAfter: last - started,
    chunkMilliseconds,
  }
}
