import type { EnvironmentConfig } from '../../../config/environments.ts'
import { defaultSchedule } from '../../domain/benchmark.ts'
import { dayOf } from '../../domain/period.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { StateMachine } from '../../platform/state-machine.ts'
import type { PublishMetrics } from '../../platform/telemetry.ts'
import type { SchedulePayload } from './schedule-payload.ts'
import { startEvaluation, startForgotten } from './start-evaluation.ts'

/** What the schedule needs from outside. */
export interface Schedule {
  readonly config: Pick<EnvironmentConfig, 'evaluation' | 'timeZone'>
  readonly workloads: readonly Workload[]
  /** Connects when it is asked to: to watch, the database is left asleep. */
  readonly connect: () => Statements
  readonly stateMachine: StateMachine
  /** When a workload was last evaluated; `undefined` when nobody knows since when it should have been. */
  readonly lastSuccess: (workload: string) => Promise<Date | undefined>
  readonly publish: PublishMetrics
  readonly newId: () => string
  readonly now: () => Date
}

/** What was done. */
export type ScheduleResult =
  | {
      readonly result: 'started' | 'started before'
      readonly evaluationId: string
      readonly forgotten: string[]
    }
  | { readonly result: 'watched'; readonly hoursSinceSuccess: number | null }

/** Starts a benchmark, once a day whatever the schedule does, or says how long ago the last one succeeded. */
export async function runSchedule(
  payload: SchedulePayload,
  schedule: Schedule,
): Promise<ScheduleResult> {
  return payload.action === 'watch' ? watch(schedule) : start(payload, schedule)
}

async function start(
  { workload, scheduledAt }: Extract<SchedulePayload, { action: 'start' }>,
  schedule: Schedule,
): Promise<ScheduleResult> {
  const { config, stateMachine } = schedule
  const fired = new Date(scheduledAt ?? '')
  const day = dayOf(Number.isNaN(fired.getTime()) ? schedule.now() : fired, config.timeZone)
  const database = schedule.connect()
  const { evaluation, isNew } = await startEvaluation(
    { workload },
    {
      ...schedule,
      database,
      idempotencyKey: `schedule:${workload}:${day}`,
      requestedBy: 'schedule',
    },
  )
  return {
    result: isNew ? 'started' : 'started before',
    evaluationId: evaluation.id,
    forgotten: await startForgotten(database, stateMachine),
  }
}

/** The longest time counts. Where one is not known nothing is sent, and the alarm on missing figures says so. */
async function watch(schedule: Schedule): Promise<ScheduleResult> {
  const now = schedule.now()
  const hours = await Promise.all(
    scheduledWorkloads(schedule).map(async ({ name }) => {
      const since = await schedule.lastSuccess(name)
      return since === undefined ? null : (now.getTime() - since.getTime()) / 3_600_000
    }),
  )
  const known = hours.filter((each) => each !== null)
  if (known.length === 0 || known.length < hours.length) {
    return { result: 'watched', hoursSinceSuccess: null }
  }
  const value = Math.max(0, ...known)
  await schedule.publish(
    [{ name: 'HoursSinceSuccess', value, unit: 'None', dimensions: { Job: 'evaluation' } }],
    now,
  )
  return { result: 'watched', hoursSinceSuccess: value }
}

/** Workloads whose benchmark runs by itself: those with a schedule, and with an endpoint if they need one. */
export function scheduledWorkloads({
  config,
  workloads,
}: Pick<Schedule, 'config' | 'workloads'>): Workload[] {
  return workloads.filter(({ name, benchmark }) => {
    if (benchmark === undefined) return false
    const { schedule = defaultSchedule, source } = benchmark
    const canRun = source.kind !== 'endpoint' || Object.hasOwn(config.evaluation.endpoints, name)
    return schedule !== 'never' && canRun
  })
}
