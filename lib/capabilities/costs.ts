import { Duration, Stack } from 'aws-cdk-lib'
import { ComparisonOperator, Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { ScheduleExpression, type ScheduleGroup } from 'aws-cdk-lib/aws-scheduler'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../../config/environments.ts'
import type { Goal } from '../../lambdas/domain/goal.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { accept } from '../accepted-finding.ts'
import type { Alerts } from '../constructs/alerts.ts'
import type { Database } from '../constructs/database.ts'
import type { FrontDoor } from '../constructs/front-door.ts'
import { Job } from '../constructs/job.ts'
import { NodeFunction } from '../constructs/node-function.ts'
import { metricsNamespace } from '../names.ts'

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
      schedule: ScheduleExpression.rate(Duration.hours(1)),
      group: props.scheduleGroup,
      payload: { action: 'settle' },
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
      'GET /ops/openapi.json',
      // What is unknown is answered here and never reaches MLflow.
      'ANY /ops',
      'ANY /ops/{proxy+}',
    )
    props.alerts.alarm(this, 'costs-api-errors', {
      summary: 'The cost API failed.',
      severity: 'ticket',
      metric: this.apiFunction.metricErrors({ period: Duration.minutes(5), statistic: 'Sum' }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
    for (const workload of props.workloads) {
      for (const goal of costGoalsOf(workload)) this.alarmOn(workload, goal)
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
      environment: { ENVIRONMENT: environment, METRICS_NAMESPACE: metricsNamespace },
    })
    database.grantSql(fn, 'ops')
    this.grantLastSuccess(fn)
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

  /** The job remembers its last success outside the database, so that it need not wake it to know. */
  private grantLastSuccess(fn: NodeFunction): void {
    const name = `townin-mlops/${this.props.environment}/costs/last-success`
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['ssm:GetParameter', 'ssm:PutParameter'],
        resources: [
          Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name }),
        ],
      }),
    )
    fn.addEnvironment('LAST_SUCCESS_PARAMETER', `/${name}`)
  }

  private grantMetrics(fn: NodeFunction): void {
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'],
        resources: ['*'],
      }),
    )
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': metricsNamespace } },
      }),
    )
    if (fn.role !== undefined) {
      accept(fn.role, {
        reason: 'CloudWatch has no resources for metrics; writing is limited to our namespace.',
        nag: ['IAM5[Resource::*]'],
      })
    }
  }

  private grantOpenAi(
    fn: NodeFunction,
    openAi: NonNullable<EnvironmentConfig['costs']['callSources']['openAi']>,
  ): void {
    const { secretName } = openAi
    fn.addToRolePolicy(
      new PolicyStatement({
        actions: ['secretsmanager:GetSecretValue'],
        // Secrets Manager adds six characters to the name in the ARN.
        resources: [`${Secret.fromSecretNameV2(this, 'OpenAiKey', secretName).secretArn}-??????`],
      }),
    )
    fn.addEnvironment('OPENAI_ADMIN_SECRET_NAME', secretName)
    fn.addEnvironment('OPENAI_USAGE_URL', openAi.baseUrl ?? 'https://api.openai.com')
  }

  private alarmOn(workload: Workload, goal: Goal): void {
    const { alerts, environment } = this.props
    alerts.alarm(this, `${workload.name}-${goal.metric}`, {
      summary: `${workload.name}: ${goal.metric} should be ${words[goal.comparator]} ${goal.target}.`,
      severity: 'ticket',
      runbook: `goal-${goal.metric}`,
      metric: new Metric({
        namespace: metricsNamespace,
        metricName: 'GoalMissed',
        dimensionsMap: { Environment: environment, Workload: workload.name, Goal: goal.metric },
        // Daily figures carry the time of their day, so the day is what is looked at.
        period: Duration.days(1),
        statistic: 'Maximum',
      }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
  }
}

const words = { atLeast: 'at least', atMost: 'at most' } as const

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
