import { Duration } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { accept } from '../accepted-finding.ts'
import { codeOf } from './bundle.ts'
import { LogStore } from './log-store.ts'

export interface NodeFunctionProps {
  /** The handler, relative to the project, such as `lambdas/costs/job-handler.ts`; it exports `handler`. */
  readonly entry: string
  /** What it does, in a sentence. */
  readonly description: string
  readonly logRetentionDays: number
  /** @default 30 seconds */
  readonly timeout?: Duration
  /** @default 512 */
  readonly memoryMiB?: number
  /** Variables besides those that grants add. @default none */
  readonly environment?: Readonly<Record<string, string>>
}

/** A function of the platform: Node 24 on ARM, bundled, traced, with a role and a log group of its own. */
export class NodeFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    const role = new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Role of: ${props.description}`,
    })
    const logGroup = new LogStore(scope, `${id}Logs`, { retentionDays: props.logRetentionDays })
    logGroup.grantWrite(role)
    super(scope, id, {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      code: codeOf(props.entry),
      description: props.description,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: Tracing.ACTIVE,
      timeout: props.timeout ?? Duration.seconds(30),
      memorySize: props.memoryMiB ?? 512,
      environment: { NODE_OPTIONS: '--enable-source-maps', ...props.environment },
    })
    accept(
      this,
      {
        reason:
          'A new account may allow 10 concurrent executions; reserving some would starve others.',
        checkov: ['CKV_AWS_115'],
      },
      {
        reason:
          'What runs asynchronously has an on-failure destination; the rest answers its caller.',
        checkov: ['CKV_AWS_116'],
      },
      {
        reason:
          'Functions reach the database by the Data API; in the VPC they would need a NAT gateway.',
        checkov: ['CKV_AWS_117'],
      },
      {
        reason: 'Variables hold names and addresses, never secrets.',
        checkov: ['CKV_AWS_173'],
      },
      {
        reason: "The CDK makes a function depend on its role's policy and so names the role twice.",
        cfnLint: ['W3005'],
      },
    )
    accept(role, {
      reason: 'X-Ray takes segments for no particular resource.',
      nag: ['IAM5[Resource::*]'],
    })
  }
}
