import { ArnFormat, Stack } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'

/** Lets a function read secrets that somebody keeps in the account, by the names that the configuration gives. */
export function grantNamedSecrets(fn: LambdaFunction, ...names: readonly string[]): void {
  if (names.length === 0) return
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['secretsmanager:GetSecretValue'],
      resources: names.map((name) =>
        Stack.of(fn).formatArn({
          service: 'secretsmanager',
          resource: 'secret',
          // Secrets Manager adds a dash and six characters to the name in the ARN.
          resourceName: `${name}-??????`,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
      ),
    }),
  )
}
