import { RemovalPolicy } from 'aws-cdk-lib'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import { accept } from '../accepted-finding.ts'

export interface LogStoreProps {
  /** Days after which CloudWatch forgets a line; one of the periods that it offers. */
  readonly retentionDays: number
  /** @default named by CloudFormation */
  readonly name?: string
}

/** A log group that forgets in time and goes with its stack. */
export class LogStore extends LogGroup {
  constructor(scope: Construct, id: string, props: LogStoreProps) {
    super(scope, id, {
      logGroupName: props.name,
      retention: retentionOf(props.retentionDays),
      removalPolicy: RemovalPolicy.DESTROY,
    })
    accept(this, {
      reason: 'Logs are encrypted with a key of AWS; a key of our own costs more than the logs.',
      checkov: ['CKV_AWS_158'],
    })
  }
}

function retentionOf(days: number): RetentionDays {
  const offered = Object.values(RetentionDays)
    .filter((value) => typeof value === 'number')
    .filter((value) => value !== RetentionDays.INFINITE)
  if (!offered.includes(days)) {
    throw new Error(`logs.retentionDays is ${days}; CloudWatch offers ${offered.join(', ')}.`)
  }
  return days
}
