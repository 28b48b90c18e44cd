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
import { Construct } from 'constructs'
import type { EnvironmentName } from '../../config/environments.ts'
import { metricsNamespace } from '../names.ts'
import type { Alerts } from './alerts.ts'
import { DeadLetters } from './dead-letters.ts'

export interface JobProps {
  readonly environment: EnvironmentName
  /** Names the schedule, the alarms and the dimension `Job`, such as `costs`. */
  readonly name: string
  readonly fn: LambdaFunction
  readonly schedule: ScheduleExpression
  readonly group: ScheduleGroup
  /** Event that the function receives. */
  readonly payload: Readonly<Record<string, unknown>>
  /** Hours without a success after which somebody should look. */
  readonly hoursWithoutSuccess: number
  readonly alerts: Alerts
}

/**
 * A function on a schedule. Its failures are kept in a queue, and it has three alarms: it failed, it did
 * not run, and something could not be delivered.
 */
export class Job extends Construct {
  readonly schedule: Schedule
  readonly deadLetters: DeadLetters

  constructor(scope: Construct, id: string, props: JobProps) {
    super(scope, id)
    this.deadLetters = new DeadLetters(this, 'DeadLetters')
    this.keepFailures(props.fn)
    this.schedule = new Schedule(this, 'Schedule', {
      scheduleName: props.name,
      scheduleGroup: props.group,
      schedule: props.schedule,
      description: `Runs the job "${props.name}".`,
      target: new LambdaInvoke(props.fn, {
        input: ScheduleTargetInput.fromObject(props.payload),
        role: this.callerOf(props).withoutPolicyUpdates(),
        deadLetterQueue: this.deadLetters,
        maxEventAge: Duration.hours(1),
        retryAttempts: 3,
      }),
    })
    this.addAlarms(props)
  }

  /**
   * The Scheduler invokes asynchronously: its own queue sees only what it could not deliver, and this
   * destination what the function failed on.
   */
  private keepFailures(fn: LambdaFunction): void {
    const { queueArn } = this.deadLetters
    fn.configureAsyncInvoke({
      onFailure: { bind: () => ({ destination: queueArn }) },
      retryAttempts: 1,
      maxEventAge: Duration.hours(1),
    })
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn] }))
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

  private addAlarms({ alerts, name, fn, environment, hoursWithoutSuccess }: JobProps): void {
    alerts.alarm(this, `${name}-job-failed`, {
      summary: `The job "${name}" failed.`,
      severity: 'ticket',
      metric: fn.metricErrors({ period: Duration.hours(1), statistic: 'Sum' }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
    alerts.alarm(this, `${name}-job-did-not-run`, {
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
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(5),
        statistic: 'Maximum',
      }),
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
  }
}
