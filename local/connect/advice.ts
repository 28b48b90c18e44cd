import { stackName } from '../../lib/names.ts'

/** An error whose message tells the user what to do; it needs no stack trace. */
export class Advice extends Error {
  override readonly name = 'Advice'
}

/** What to do about an error of the credential chain, or of AWS refusing the credentials. */
export function credentialAdvice(error: unknown): string {
  const { name, message } = error instanceof Error ? error : new Error(String(error))
  if (/expired|sso login|refresh/i.test(message)) {
    return `The AWS credentials have expired (${message}). Sign in again, for example with "aws sso login".`
  }
  if (/InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch/.test(`${name} ${message}`)) {
    return `AWS does not know these credentials (${message}). Check AWS_PROFILE and the AWS_* variables.`
  }
  return (
    `No usable AWS credentials were found (${message}). ` +
    'Sign in, or set AWS_PROFILE (or --profile) to a profile that has them.'
  )
}

/** What to do about a 403 of the front door, whose body says which kind it is. */
export function forbiddenAdvice(body: string, environment: string): string {
  if (/expired/i.test(body)) return credentialAdvice(new Error('the front door says expired'))
  if (/signature|Missing Authentication Token|IncompleteSignature/i.test(body)) {
    return (
      'The front door rejected the signature (403). Check that the clock of this machine is right ' +
      'and that no other proxy changes the requests.'
    )
  }
  return (
    'The front door answered 403: these AWS credentials may not call it. Attach the managed policy ' +
    "of output ClientPolicyArn (for MLflow's pages also ViewerPolicyArn, for approvals and " +
    'rollbacks ReleasePolicyArn) of stack ' +
    `${stackName(environment, 'Platform')} to their role or user.`
  )
}
