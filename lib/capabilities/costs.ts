import { Duration } from 'aws-cdk-lib'
import { ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { ScheduleExpression, type ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../../config/environments.ts'
import type { Goal } from '../../lambdas/domain/goal.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import type { Alerts } from '../constructs/alerts.ts'
import type { Database } from '../constructs/database.ts'
import { grantPublishing } from '../constructs/figures.ts'
import type { FrontDoor } from '../constructs/front-door.ts'
import { alarmOnGoal } from '../constructs/goal-alarm.ts'
import { Job } from '../constructs/job.ts'
import { grantLastSuccess } from '../constructs/last-success.ts'
import { grantNamedSecrets } from '../constructs/named-secret.ts'
import { NodeFunction } from '../constructs/node-function.ts'

export interface CostsProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  readonly database: Database
  readonly frontDoor: FrontDoor
  readonly scheduleGroup: ScheduleGroup
  readonly alerts: Alerts
}

/** Prices LLM calls each hour, answers what they cost, and tells when a cost goal is missed. */
export class Costs extends Construct {
  readonly jobFunction: NodeFunction
  readonly apiFunction: NodeFunction
  readonly job: Job
  private readonly props: CostsProps

  constructor(scope: Construct, id: string, props: CostsProps) {
    super(scope, id)
    requireUsableWindow(props.config)
    this.props = props
    this.jobFunction = this.makeJobFunction()
    this.apiFunction = this.makeApiFunction()
    this.job = new Job(this, 'Job', {
      environment: props.environment,
      name: 'costs',
      fn: this.jobFunction,
      schedules: [
        {
          name: 'costs',
          expression: ScheduleExpression.rate(Duration.hours(1)),
          payload: { action: 'settle' },
        },
      ],
      group: props.scheduleGroup,
      hoursWithoutSuccess: 3,
      alerts: props.alerts,
    })
    props.frontDoor.routeTo(
      'Costs',
      this.apiFunction,
      'GET /ops/costs',
      'GET /ops/costs/units',
      'GET /ops/costs/units/{type}/{id}',
      'GET /ops/coverage',
      'POST /ops/llm-calls',
    )
    props.alerts.alarm(this, 'costs-api-errors', {
      summary: 'The cost API failed.',
      severity: 'ticket',
      metric: this.apiFunction.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
    for (const workload of props.workloads) {
      for (const goal of costGoalsOf(workload)) {
        alarmOnGoal(props.alerts, this, {
          environment: props.environment,
          workload: workload.name,
          goal,
          // Daily figures carry the time of their day, so the day is what is looked at.
          period: Duration.days(1),
        })
      }
    }
  }

  private makeJobFunction(): NodeFunction {
    const { environment, config, database } = this.props
    const fn = new NodeFunction(this, 'JobFunction', {
      entry: 'lambdas/costs/job-handler.ts',
      description: 'Prices new LLM calls and publishes what they cost.',
      timeout: Duration.minutes(15),
      memoryMiB: 1024,
      logRetentionDays: config.logs.retentionDays,
      environment: { ENVIRONMENT: environment },
    })
    database.grantSql(fn, 'ops')
    grantLastSuccess(fn, environment, 'costs')
    this.grantMetrics(fn)
    const { openAi } = config.costs.callSources
    if (openAi !== undefined) this.grantOpenAi(fn, openAi)
    return fn
  }

  private makeApiFunction(): NodeFunction {
    const { environment, config, database } = this.props
    const fn = new NodeFunction(this, 'ApiFunction', {
      entry: 'lambdas/costs/api-handler.ts',
      description: 'Answers what LLM calls cost.',
      logRetentionDays: config.logs.retentionDays,
      // API Gateway gives up after 30 seconds; the function should be the one that says why.
      timeout: Duration.seconds(29),
      environment: { ENVIRONMENT: environment },
    })
    database.grantSql(fn, 'ops')
    return fn
  }

  private grantMetrics(fn: NodeFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'],
        resources: ['*'],
      }),
    )
    grantPublishing(fn)
  }

  private grantOpenAi(
    fn: NodeFunction,
    openAi: NonNullable<EnvironmentConfig['costs']['callSources']['openAi']>,
  ): void {
    grantNamedSecrets(fn, openAi.secretName)
    fn.addEnvironment('OPENAI_ADMIN_SECRET_NAME', openAi.secretName)
    fn.addEnvironment('OPENAI_USAGE_URL', openAi.baseUrl ?? 'https://api.openai.com')
  }
}

/** Goals that this capability proves: those on units' costs and on operating figures. */
export function costGoalsOf(workload: Workload): readonly Goal[] {
  return [...(workload.units[0]?.goals ?? []), ...(workload.operatingGoals ?? [])]
}

function requireUsableWindow({ costs }: EnvironmentConfig): void {
  const { latenessHours, keepCallsMonths } = costs
  if (!(latenessHours >= 1)) {
    throw new Error(
      `costs.latenessHours is ${latenessHours}; the job runs hourly, so give 1 or more, or a span that ends during a run is lost.`,
    )
  }
  if (!Number.isInteger(keepCallsMonths) || keepCallsMonths < 1) {
    throw new Error(`costs.keepCallsMonths is ${keepCallsMonths}; give a whole number, 1 or more.`)
  }
}
