import { Aws, Duration } from 'aws-cdk-lib'
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import {
  Schedule,
  type ScheduleExpression,
  type ScheduleGroup,
  ScheduleTargetInput,
} from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import { Construct, type IDependable } from 'constructs'
import type { EnvironmentName } from '../../config/environments.ts'
import { metricsNamespace } from '../names.ts'
import type { Alerts } from './alerts.ts'
import { DeadLetters } from './dead-letters.ts'

/** When a job runs, and with what. */
export interface JobSchedule {
  /** Name in the group of schedules, such as `benchmark-graphrag`. */
  readonly name: string
  readonly expression: ScheduleExpression
  /** Event that the function receives. */
  readonly payload: Readonly<Record<string, unknown>>
}

export interface JobProps {
  readonly environment: EnvironmentName
  /** Names the alarms and the dimension `Job`, such as `costs`. */
  readonly name: string
  readonly fn: LambdaFunction
  /** The first one's name is the construct's `Schedule`. */
  readonly schedules: readonly [JobSchedule, ...JobSchedule[]]
  readonly group: ScheduleGroup
  /** Hours without a success after which somebody should look. */
  readonly hoursWithoutSuccess: number
  /** Name of the alarm on these hours. @default `<name>-job-did-not-run` */
  readonly didNotRunAlarm?: string
  readonly alerts: Alerts
}

/**
 * A function on one schedule or several. Its failures are kept in a queue, and it has three alarms: it
 * failed, it did not run, and something could not be delivered.
 */
export class Job extends Construct {
  readonly schedules: readonly Schedule[]
  readonly deadLetters: DeadLetters

  constructor(scope: Construct, id: string, props: JobProps) {
    super(scope, id)
    this.deadLetters = new DeadLetters(this, 'DeadLetters')
    // The Scheduler invokes asynchronously: its own queue sees only what it could not deliver.
    this.deadLetters.keepFailuresOf(props.fn, {
      retryAttempts: 1,
      maxEventAge: Duration.hours(1),
    })
    const role = this.callerOf(props).withoutPolicyUpdates()
    this.schedules = props.schedules.map(
      ({ name, expression, payload }, index) =>
        new Schedule(this, index === 0 ? 'Schedule' : `Schedule-${name}`, {
          scheduleName: name,
          scheduleGroup: props.group,
          schedule: expression,
          description: `Runs the job "${props.name}".`,
          target: new LambdaInvoke(props.fn, {
            input: ScheduleTargetInput.fromObject(payload),
            role,
            deadLetterQueue: this.deadLetters,
            maxEventAge: Duration.hours(1),
            retryAttempts: 3,
          }),
        }),
    )
    this.addAlarms(props)
  }

  /** Makes the schedules only when something else is done, such as a migration. */
  startAfter(...dependencies: readonly IDependable[]): void {
    for (const schedule of this.schedules) schedule.node.addDependency(...dependencies)
  }

  /** A role that may do just this; the one that the CDK makes may invoke every version and alias. */
  private callerOf(props: JobProps): Role {
    const role = new Role(this, 'ScheduleRole', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Aws.ACCOUNT_ID,
            'aws:SourceArn': props.group.scheduleGroupArn,
          },
        },
      }),
      description: `Lets the Scheduler run the job "${props.name}".`,
    })
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [props.fn.functionArn],
      }),
    )
    role.addToPolicy(
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [this.deadLetters.queueArn],
      }),
    )
    return role
  }

  private addAlarms(props: JobProps): void {
    const { alerts, name, fn, environment, hoursWithoutSuccess } = props
    alerts.alarm(this, `${name}-job-failed`, {
      summary: `The job "${name}" failed.`,
      severity: 'ticket',
      metric: fn.metricErrors({ period: Duration.hours(1), statistic: 'Sum' }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
    alerts.alarm(this, props.didNotRunAlarm ?? `${name}-job-did-not-run`, {
      summary: `The job "${name}" has not succeeded for more than ${hoursWithoutSuccess} hours.`,
      severity: 'page',
      metric: new Metric({
        namespace: metricsNamespace,
        metricName: 'HoursSinceSuccess',
        dimensionsMap: { Environment: environment, Job: name },
        period: Duration.hours(1),
        statistic: 'Maximum',
      }),
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: hoursWithoutSuccess,
      periods: 2,
      missingData: TreatMissingData.BREACHING,
    })
    alerts.alarm(this, `${name}-job-dead-letters`, {
      summary: `The job "${name}" could not be started, or failed for good.`,
      severity: 'ticket',
      metric: this.deadLetters.waiting,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
  }
}
