import { Duration, TimeZone } from 'aws-cdk-lib'
import { TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { ScheduleExpression, type ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../../../config/environments.ts'
import { defaultSchedule } from '../../../lambdas/domain/benchmark.ts'
import type { Workload } from '../../../lambdas/domain/workload.ts'
import { isMetric } from '../../../lambdas/evaluation/metrics/registry.ts'
import { scheduledWorkloads } from '../../../lambdas/evaluation/start/run-schedule.ts'
import type { SchedulePayload } from '../../../lambdas/evaluation/start/schedule-payload.ts'
import type { Alerts } from '../../constructs/alerts.ts'
import type { Database } from '../../constructs/database.ts'
import { grantPublishing } from '../../constructs/figures.ts'
import { alarmOnGoal } from '../../constructs/goal-alarm.ts'
import { Job, type JobSchedule } from '../../constructs/job.ts'
import { NodeFunction } from '../../constructs/node-function.ts'
import type { LastSuccesses } from './last-successes.ts'
import type { EvaluationMachine } from './machine.ts'

export interface BenchmarksProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  readonly database: Database
  readonly machine: EvaluationMachine
  readonly lastSuccesses: LastSuccesses
  readonly scheduleGroup: ScheduleGroup
  readonly alerts: Alerts
}

/** Starts each workload's benchmark when it is due, watches that they succeed, and tells when a goal is missed. */
export class Benchmarks extends Construct {
  readonly fn: NodeFunction
  /** Workloads whose benchmark runs by itself here. The others have no alarms that could never fire. */
  readonly scheduled: readonly Workload[]
  /** Absent where no benchmark runs by itself. */
  readonly job?: Job

  constructor(scope: Construct, id: string, props: BenchmarksProps) {
    super(scope, id)
    this.scheduled = scheduledWorkloads(props)
    this.fn = this.makeFunction(props)
    if (this.scheduled.length === 0) return
    this.job = new Job(this, 'Job', {
      environment: props.environment,
      name: 'evaluation',
      fn: this.fn,
      schedules: [watch, ...this.scheduled.map((each) => benchmarkOf(each, props.config.timeZone))],
      group: props.scheduleGroup,
      // A day and the longest that a benchmark may reasonably take.
      hoursWithoutSuccess: 26,
      didNotRunAlarm: 'evaluation-did-not-run',
      alerts: props.alerts,
    })
    for (const workload of this.scheduled) {
      for (const goal of workload.qualityGoals ?? []) {
        alarmOnGoal(props.alerts, this, {
          environment: props.environment,
          workload: workload.name,
          goal,
          period: Duration.minutes(5),
          // There is one verdict a day, and it holds until the next one.
          missingData: TreatMissingData.IGNORE,
          runbook: isMetric(goal.metric) ? undefined : 'goal-criterion',
        })
      }
    }
  }

  private makeFunction(props: BenchmarksProps): NodeFunction {
    const fn = new NodeFunction(this, 'Function', {
      entry: 'lambdas/evaluation/schedule-handler.ts',
      description: 'Starts benchmarks on schedule, and says how long ago the last one succeeded.',
      // The database may have to wake up first.
      timeout: Duration.minutes(3),
      logRetentionDays: props.config.logs.retentionDays,
      environment: { ENVIRONMENT: props.environment },
    })
    props.database.grantSql(fn, 'ops')
    props.machine.grantStart(fn)
    props.lastSuccesses.grantRead(fn)
    grantPublishing(fn)
    return fn
  }
}

/** Does not wake the database. */
const watch: JobSchedule = {
  name: 'evaluation-watch',
  expression: ScheduleExpression.rate(Duration.hours(1)),
  payload: { action: 'watch' } satisfies SchedulePayload,
}

function benchmarkOf({ name, benchmark }: Workload, timeZone: string): JobSchedule {
  const cron = benchmark?.schedule ?? defaultSchedule
  return {
    name: `benchmark-${name}`,
    expression: ScheduleExpression.expression(`cron(${cron})`, TimeZone.of(timeZone)),
    payload: {
      action: 'start',
      workload: name,
      // Its day makes the start idempotent: firing twice is one evaluation.
      scheduledAt: '<aws.scheduler.scheduled-time>',
    } satisfies SchedulePayload,
  }
}
