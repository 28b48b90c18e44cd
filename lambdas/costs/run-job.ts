import type { EnvironmentConfig } from '../../config/environments.ts'
import type { PriceOverride } from '../../config/prices.ts'
import { type Day, startOfDay } from '../domain/period.ts'
import type { Workload } from '../domain/workload.ts'
import type { CapacityPoint } from '../platform/cluster-capacity.ts'
import type { Database } from '../platform/data-api.ts'
import type { LastSuccess } from '../platform/last-success.ts'
import { assertKnownMlflowSchema } from '../platform/mlflow-tables.ts'
import { hasSleptSince } from '../platform/sleep.ts'
import type { PublishMetrics } from '../platform/telemetry.ts'
import {
  type Aggregation,
  aggregateCosts,
  type AggregationOptions,
  listTracedExperiments,
} from './aggregate.ts'
import { collectProviderCalls } from './collect-provider-calls.ts'
import { countLateCalls } from './count-late-calls.ts'
import type { JobPayload } from './job-payload.ts'
import type { CallSource } from './provider-calls.ts'
import { publishPastDays } from './publish-days.ts'
import { repricePeriod, type Repricing } from './reprice.ts'

/** All that the job needs from outside. */
export interface CostJob {
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  readonly overrides: readonly PriceOverride[]
  readonly database: Database
  readonly callSources: readonly CallSource[]
  readonly publish: PublishMetrics
  readonly lastSuccess: LastSuccess
  readonly capacity: (since: Date) => Promise<CapacityPoint[]>
  readonly now: () => Date
  /** Whether there is time for one more chunk. */
  readonly mayContinue: () => boolean
  readonly log: (message: string, details: Record<string, unknown>) => void
}

/** What the job did. */
export type JobResult =
  | { readonly result: 'asleep'; readonly reason: string }
  | { readonly result: 'repriced'; readonly repricing: Repricing }
  | ({
      readonly result: 'settled' | 'busy' | 'unfinished'
      /** `null` when they were not counted: that happens once a day. */
      readonly lateCalls: number | null
      readonly publishedDays: readonly Day[]
    } & Aggregation)

/** Runs the cost job. Figures on its own health go out whatever happens; an error is thrown on. */
export async function runCostJob(payload: JobPayload, job: CostJob): Promise<JobResult> {
  if (payload.action === 'reprice') {
    return {
      result: 'repriced',
      repricing: await repricePeriod(
        job.database,
        { id: payload.id, period: { from: payload.from, to: payload.to }, reason: payload.reason },
        { overrides: job.overrides, timeZone: job.config.timeZone, mayContinue: job.mayContinue },
      ),
    }
  }
  const started = job.now()
  const lastSuccess = await job.lastSuccess.read()
  try {
    if (payload.from === undefined && (await isAsleep(job, lastSuccess))) {
      await publishHealth(job, started, 0)
      return {
        result: 'asleep',
        reason: 'The database has slept since the last run: nothing is new.',
      }
    }
    const result = await settle(payload, job, started)
    if (result.finished) await job.lastSuccess.write(started)
    await publishHealth(job, result.finished ? started : lastSuccess, await lagMinutes(job))
    return result
  } catch (error) {
    // The first error is what counts.
    await publishHealth(job, lastSuccess, undefined).catch(() => undefined)
    throw error
  }
}

async function isAsleep(job: CostJob, lastSuccess: Date | undefined): Promise<boolean> {
  const { minCapacity, pauseAfterMinutes } = job.config.database
  if (minCapacity > 0 || lastSuccess === undefined) return false
  return hasSleptSince(lastSuccess, await job.capacity(lastSuccess), pauseAfterMinutes)
}

async function settle(
  payload: Extract<JobPayload, { action: 'settle' }>,
  job: CostJob,
  now: Date,
): Promise<Extract<JobResult, { result: 'settled' | 'busy' | 'unfinished' }>> {
  const { database, config } = job
  await assertKnownMlflowSchema(database)
  const oldestKept = new Date(now)
  oldestKept.setUTCMonth(oldestKept.getUTCMonth() - config.costs.keepCallsMonths, 1)
  oldestKept.setUTCHours(0, 0, 0, 0)
  const options: AggregationOptions = {
    workloads: job.workloads,
    overrides: job.overrides,
    timeZone: config.timeZone,
    latenessHours: config.costs.latenessHours,
    oldestKept,
    now,
    ...(payload.from !== undefined && { from: startOfDay(payload.from, config.timeZone) }),
    mayContinue: job.mayContinue,
    onProgress: (progress) => job.log('settling', { ...progress }),
  }
  const experiments = await listTracedExperiments(database)
  const aggregation = await aggregateCosts(database, experiments, options)
  if (!aggregation.finished) {
    return {
      result: aggregation.busy ? 'busy' : 'unfinished',
      ...aggregation,
      lateCalls: null,
      publishedDays: [],
    }
  }
  await collectProviderCalls(database, job.callSources, {
    now,
    timeZone: config.timeZone,
    log: job.log,
  })
  const publishedDays = await publishPastDays(database, job.workloads, job.publish, {
    now,
    timeZone: config.timeZone,
  })
  // It looks back over weeks, so once a day is often enough.
  const lateCalls =
    publishedDays.length > 0 ? await countLateCalls(database, experiments, options) : null
  const result = { result: 'settled' as const, ...aggregation, lateCalls, publishedDays }
  await database.query(
    `insert into ops.job_run (job, started_at, summary) values ('costs', :started::timestamptz, :summary::jsonb)
     on conflict (job, started_at) do update set summary = excluded.summary, finished_at = now()`,
    { started: now.toISOString(), summary: JSON.stringify(result) },
  )
  return result
}

/** Minutes between now and the moment until which everything is settled. */
async function lagMinutes(job: CostJob): Promise<number> {
  const [row] = await job.database.query<{ lag: number | null }>(
    `select (extract(epoch from now() - ops.instant(min(settled_until_ns))) / 60)::double precision as lag
     from ops.traced_experiments()`,
  )
  return Math.max(0, row?.lag ?? 0)
}

/** @param lastSuccess `undefined` when the job never succeeded: then nothing is sent, and the alarm says so */
async function publishHealth(
  job: CostJob,
  lastSuccess: Date | undefined,
  lag: number | undefined,
): Promise<void> {
  const now = job.now()
  const dimensions = { Job: 'costs' }
  await job.publish(
    [
      ...(lastSuccess === undefined
        ? []
        : [
            {
              name: 'HoursSinceSuccess',
              value: (now.getTime() - lastSuccess.getTime()) / 3_600_000,
              unit: 'None' as const,
              dimensions,
            },
          ]),
      ...(lag === undefined
        ? []
        : [{ name: 'JobLagMinutes', value: lag, unit: 'None' as const, dimensions }]),
    ],
    now,
  )
}
