import { Duration } from 'aws-cdk-lib'
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { accept } from '../accepted-finding.ts'

/** How often, and for how long, an event is given to a function that fails on it. */
export interface Retries {
  /** Attempts after the first, 0 to 2. */
  readonly retryAttempts: number
  readonly maxEventAge: Duration
}

/** Keeps for two weeks what could not be delivered or failed for good. */
export class DeadLetters extends Queue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    })
    accept(
      this,
      { reason: 'It is a queue of dead letters itself.', nag: ['SQS3'] },
      {
        reason: 'Encrypted with a key of SQS; a customer key costs 1 USD a month.',
        checkov: ['CKV_AWS_27'],
      },
    )
  }

  /** Messages that wait for somebody to look at them. */
  get waiting(): Metric {
    return this.metricApproximateNumberOfMessagesVisible({
      period: Duration.minutes(5),
      statistic: 'Maximum',
    })
  }

  /**
   * Keeps the events on which a function failed that is invoked asynchronously. Whoever invokes it has a
   * queue of its own for what it could not deliver, which may be this one too.
   */
  keepFailuresOf(fn: LambdaFunction, retries: Retries): void {
    const { queueArn } = this
    fn.configureAsyncInvoke({
      onFailure: { bind: () => ({ destination: queueArn }) },
      ...retries,
    })
    fn.addToRolePolicy(new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queueArn] }))
  }
}
