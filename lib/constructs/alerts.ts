import { Aws, Duration } from 'aws-cdk-lib'
import {
  Alarm,
  type ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import {
  type IRuleTarget,
  RuleTargetInput,
  type RuleTargetInputProperties,
} from 'aws-cdk-lib/aws-events'
import { SnsTopic } from 'aws-cdk-lib/aws-events-targets'
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { IQueue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

/** `page`: somebody must act now. `ticket`: somebody must act this week. */
type Severity = 'page' | 'ticket'

export interface AlertsProps {
  /** Start of every alarm's name, such as `townin-mlops-prod`. */
  readonly prefix: string
  readonly emails: readonly string[]
}

export interface AlarmProps {
  /** What happened, in a sentence. */
  readonly summary: string
  readonly severity: Severity
  /** Heading in `docs/runbook.md`. @default the alarm's name without the prefix */
  readonly runbook?: string
  readonly metric: IMetric
  readonly comparison: ComparisonOperator
  readonly threshold: number
  /** Periods in a row. @default 1 */
  readonly periods?: number
  /** What absent data means. @default nothing is wrong */
  readonly missingData?: TreatMissingData
}

/** What becomes of an event that is an alert. */
export interface EventAlert {
  /** Type of the event, by which `lambdas/alerts` knows it. */
  readonly event: string
  /** What happened, in a sentence: who reads mails reads it first. */
  readonly summary: string
  /** Heading in `docs/runbook.md`. */
  readonly runbook: string
}

/**
 * A JSON object of some lines, with the event's detail in it. Text alone would arrive as a JSON string, in quotation
 * marks, and EventBridge does not escape what it inserts into strings: a quotation mark in a name or a reason would
 * break it. An object that is inserted as a value stays as it is.
 */
class EventAlertInput extends RuleTargetInput {
  private readonly alert: EventAlert

  constructor(alert: EventAlert) {
    super()
    this.alert = alert
  }

  override bind(): RuleTargetInputProperties {
    const { event, summary, runbook } = this.alert
    const fields = { alert: summary, runbook: `docs/runbook.md#${runbook}`, event }
    const lines = Object.entries(fields).map(
      ([name, text]) => `  "${name}": ${JSON.stringify(text)},`,
    )
    return {
      inputPathsMap: { detail: '$.detail' },
      inputTemplate: ['{', ...lines, '  "detail": <detail>', '}'].join('\n'),
    }
  }
}

const publishers = ['cloudwatch.amazonaws.com', 'budgets.amazonaws.com'] as const

/** Where alarms go: one encrypted topic, mailed to whom the environment names. */
export class Alerts extends Construct {
  readonly topic: Topic
  readonly alarms: Alarm[] = []
  private readonly key: Key
  private readonly prefix: string

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id)
    this.prefix = props.prefix

    // The key that SNS brings along does not let CloudWatch publish.
    this.key = new Key(this, 'Key', {
      description: `Encrypts the alerts of ${props.prefix}.`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
    })
    this.topic = new Topic(this, 'Topic', {
      topicName: `${props.prefix}-alerts`,
      masterKey: this.key,
      enforceSSL: true,
    })
    const byPublishers = {
      principals: publishers.map((service) => new ServicePrincipal(service)),
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    }
    this.key.addToResourcePolicy(
      new PolicyStatement({
        ...byPublishers,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        // In a key's policy this is the key itself.
        resources: ['*'],
      }),
    )
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        ...byPublishers,
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    )
    for (const email of props.emails) this.topic.addSubscription(new EmailSubscription(email))
  }

  /**
   * A target that sends events as alerts: for what happens once and is over, of which an alarm could say nothing.
   *
   * @param deadLetterQueue keeps what could not be sent
   */
  eventTarget(scope: Construct, alert: EventAlert, deadLetterQueue: IQueue): IRuleTarget {
    // By a role, since the topic's and the key's own policies are for services that say for which account they act.
    const role = new Role(scope, 'TellRole', {
      assumedBy: new ServicePrincipal('events.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      description: 'Lets events become alerts.',
    })
    role.addToPolicy(
      new PolicyStatement({ actions: ['sns:Publish'], resources: [this.topic.topicArn] }),
    )
    role.addToPolicy(
      new PolicyStatement({
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: [this.key.keyArn],
      }),
    )
    return new SnsTopic(this.topic, {
      // What the CDK would add has a wildcard.
      role: role.withoutPolicyUpdates(),
      authorizeUsingRole: true,
      message: new EventAlertInput(alert),
      deadLetterQueue,
    })
  }

  /**
   * Adds an alarm with a fixed name, which says what happened, how urgent it is and where the runbook
   * tells what to do, and which also says when it is over.
   *
   * @param name the alarm's name after the prefix, such as `costs-job-failed`
   */
  alarm(scope: Construct, name: string, props: AlarmProps): Alarm {
    const alarm = new Alarm(scope, `Alarm-${name}`, {
      alarmName: `${this.prefix}-${name}`,
      alarmDescription: `${props.summary} Severity: ${props.severity}. Runbook: docs/runbook.md#${props.runbook ?? name}`,
      metric: props.metric,
      comparisonOperator: props.comparison,
      threshold: props.threshold,
      evaluationPeriods: props.periods ?? 1,
      treatMissingData: props.missingData ?? TreatMissingData.NOT_BREACHING,
    })
    const action = new SnsAction(this.topic)
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
    this.alarms.push(alarm)
    return alarm
  }
}
