import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { StringParameter } from 'aws-cdk-lib/aws-ssm'
import { Construct } from 'constructs'
import type { EnvironmentName } from '../../../config/environments.ts'
import type { Workload } from '../../../lambdas/domain/workload.ts'
import type { NodeFunction } from '../../constructs/node-function.ts'

export interface LastSuccessesProps {
  readonly environment: EnvironmentName
  readonly workloads: readonly Workload[]
}

/**
 * When each workload's benchmark last succeeded, one parameter each. They are outside the database, so that nobody
 * wakes that to know; and they are made here, so that a first benchmark that never comes is missed in time.
 */
export class LastSuccesses extends Construct {
  private readonly folder: string
  private readonly parameters: readonly StringParameter[]

  constructor(scope: Construct, id: string, props: LastSuccessesProps) {
    super(scope, id)
    this.folder = `/townin-mlops/${props.environment}/evaluation/last-success/`
    this.parameters = props.workloads
      .filter(({ benchmark }) => benchmark !== undefined)
      .map(
        ({ name }) =>
          new StringParameter(this, name, {
            parameterName: `${this.folder}${name}`,
            description: `When the benchmark of ${name} last succeeded.`,
            stringValue: 'never',
          }),
      )
  }

  /** Lets a function see them, and tells it where: `LAST_SUCCESS_PREFIX`. */
  grantRead(fn: NodeFunction): void {
    this.grant(fn, 'ssm:GetParameter')
  }

  /** Lets a function see and change them, and tells it where: `LAST_SUCCESS_PREFIX`. */
  grantWrite(fn: NodeFunction): void {
    this.grant(fn, 'ssm:GetParameter', 'ssm:PutParameter')
  }

  private grant(fn: NodeFunction, ...actions: string[]): void {
    const resources = this.parameters.map(({ parameterArn }) => parameterArn)
    if (resources.length > 0) fn.addToRolePolicy(new PolicyStatement({ actions, resources }))
    fn.addEnvironment('LAST_SUCCESS_PREFIX', this.folder)
  }
}
