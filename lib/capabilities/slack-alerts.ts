import { Duration } from 'aws-cdk-lib'
import { ComparisonOperator } from 'aws-cdk-lib/aws-cloudwatch'
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { EnvironmentConfig, EnvironmentName } from '../../config/environments.ts'
import type { Alerts } from '../constructs/alerts.ts'
import type { Database } from '../constructs/database.ts'
import { DeadLetters } from '../constructs/dead-letters.ts'
import type { FrontDoor } from '../constructs/front-door.ts'
import { grantNamedSecrets } from '../constructs/named-secret.ts'
import { NodeFunction } from '../constructs/node-function.ts'

export interface SlackAlertsProps {
  readonly environment: EnvironmentName
  readonly config: EnvironmentConfig
  readonly slack: NonNullable<EnvironmentConfig['alerts']['slack']>
  readonly database: Database
  readonly frontDoor: FrontDoor
  readonly alerts: Alerts
}

/**
 * Sends what arrives at the topic of alerts to a Slack channel, with what is known about a goal. What Slack does not
 * take is kept, and an alarm says so: see docs/adr/061 for who hears of it.
 */
export class SlackAlerts extends Construct {
  readonly fn: NodeFunction
  readonly deadLetters: DeadLetters

  constructor(scope: Construct, id: string, props: SlackAlertsProps) {
    super(scope, id)
    const { slack, alerts } = props
    this.fn = new NodeFunction(this, 'Function', {
      entry: 'lambdas/alerts/handler.ts',
      description: 'Sends alerts to Slack.',
      // The database, asked for the figures of a goal, may have to wake up first.
      timeout: Duration.minutes(2),
      logRetentionDays: props.config.logs.retentionDays,
      environment: {
        ENVIRONMENT: props.environment,
        SLACK_SECRET_NAME: slack.secretName,
        SLACK_LANGUAGE: slack.language,
        // Only as the beginning of links.
        FRONT_DOOR_URL: props.frontDoor.url,
      },
    })
    grantNamedSecrets(this.fn, slack.secretName)
    props.database.grantSql(this.fn, 'ops')
    this.deadLetters = new DeadLetters(this, 'DeadLetters')
    this.deadLetters.keepFailuresOf(this.fn, { retryAttempts: 2, maxEventAge: Duration.hours(6) })
    alerts.topic.addSubscription(
      new LambdaSubscription(this.fn, { deadLetterQueue: this.deadLetters }),
    )
    alerts.alarm(this, 'alerts-undelivered', {
      summary: 'An alert did not reach Slack.',
      severity: 'page',
      metric: this.deadLetters.waiting,
      comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: 1,
    })
  }
}
