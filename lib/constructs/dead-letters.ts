import { Duration } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { accept } from '../accepted-finding.ts'

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
}
