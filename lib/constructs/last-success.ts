import { Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { EnvironmentName } from '../../config/environments.ts'
import type { NodeFunction } from './node-function.ts'

/**
 * Lets a job remember its last success outside the database, so that it need not wake that to know, and tells it
 * where: `LAST_SUCCESS_PARAMETER`.
 *
 * @param job names the parameter, such as `costs`
 */
export function grantLastSuccess(
  fn: NodeFunction,
  environment: EnvironmentName,
  job: string,
): void {
  const name = `townin-mlops/${environment}/${job}/last-success`
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['ssm:GetParameter', 'ssm:PutParameter'],
      resources: [
        Stack.of(fn).formatArn({ service: 'ssm', resource: 'parameter', resourceName: name }),
      ],
    }),
  )
  fn.addEnvironment('LAST_SUCCESS_PARAMETER', `/${name}`)
}
