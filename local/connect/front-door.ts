import {
  CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation'
import { stackName } from '../../lib/names.ts'
import { Advice, credentialAdvice } from './advice.ts'
import type { Credentials } from '../../lambdas/platform/signing/signing.ts'

/**
 * Asks CloudFormation for the address of an environment's front door (output `TrackingUri`).
 * Throws `Advice` when the stack is not there or the credentials will not do.
 */
export async function findTrackingUri(options: {
  readonly environment: string
  readonly region: string
  readonly credentials: Credentials
  /** Address of CloudFormation. @default AWS's own in the region */
  readonly endpoint?: string
}): Promise<string> {
  const { environment, region, credentials, endpoint } = options
  const stack = stackName(environment, 'Platform')
  const client = new CloudFormationClient({
    region,
    credentials,
    maxAttempts: 2,
    ...(endpoint !== undefined && { endpoint }),
  })
  const answer = await client
    .send(new DescribeStacksCommand({ StackName: stack }))
    .catch((error: unknown) => {
      throw new Advice(explain(error, stack, environment, region, endpoint))
    })
  const outputs = answer.Stacks?.[0]?.Outputs ?? []
  const uri = outputs.find(({ OutputKey }) => OutputKey === 'TrackingUri')?.OutputValue
  if (uri) return uri
  throw new Advice(
    `Stack ${stack} has no output TrackingUri: its deployment has not finished. ` +
      `Run "ENVIRONMENT=${environment} npx cdk deploy --all".`,
  )
}

function explain(
  error: unknown,
  stack: string,
  environment: string,
  region: string,
  endpoint: string | undefined,
): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  if (name === 'ValidationError' && /does not exist/.test(message)) {
    return (
      `Stack ${stack} does not exist in ${region} for these credentials. Deploy it with ` +
      `"ENVIRONMENT=${environment} npx cdk deploy --all", or check AWS_PROFILE.`
    )
  }
  if (name.startsWith('AccessDenied')) {
    return (
      `These credentials may not read stack ${stack} (${message}). They need ` +
      'cloudformation:DescribeStacks on it; or give the address of the front door with --uri.'
    )
  }
  if (error instanceof CloudFormationServiceException) {
    return credentialAdvice(Object.assign(new Error(`${name}: ${message}`), { name }))
  }
  const code = (error as { code?: string }).code
  if (code !== undefined && /^E[A-Z]+$/.test(code)) {
    return (
      `CloudFormation${endpoint ? ` at ${endpoint}` : ''} could not be reached (${message || code}). ` +
      'Check the network.'
    )
  }
  return credentialAdvice(error)
}
