import { Advice, credentialAdvice } from './advice.ts'
import { type Credentials, createSigner } from './signing.ts'

/** The stack whose output is the address of the front door. */
const platformStack = (environment: string): string => `TowninMlops-${environment}-Platform`

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
  const { environment, region, credentials } = options
  const stack = platformStack(environment)
  const endpoint = new URL(options.endpoint ?? `https://cloudformation.${region}.amazonaws.com`)
  const body = Buffer.from(
    new URLSearchParams({
      Action: 'DescribeStacks',
      Version: '2010-05-15',
      StackName: stack,
    }).toString(),
  )
  const sign = createSigner({ service: 'cloudformation', region, credentials })
  const target = { path: '/', query: '', parameters: {} }
  const headers = await sign({ method: 'POST', host: endpoint.host, target, body }).catch(
    (error: unknown) => {
      throw new Advice(credentialAdvice(error))
    },
  )
  const { host: _, ...signature } = headers
  let response: Response
  try {
    response = await fetch(new URL('/', endpoint), {
      method: 'POST',
      headers: { ...signature, 'content-type': 'application/x-www-form-urlencoded' },
      body,
    })
  } catch (error) {
    throw new Advice(
      `CloudFormation at ${endpoint.origin} could not be reached (${(error as Error).message}). ` +
        'Check the network.',
    )
  }
  const text = await response.text()
  if (response.ok) {
    const uri = readOutput(text, 'TrackingUri')
    if (uri) return uri
    throw new Advice(
      `Stack ${stack} has no output TrackingUri: its deployment has not finished. ` +
        `Run "ENVIRONMENT=${environment} npx cdk deploy --all".`,
    )
  }
  throw new Advice(explain(text, response.status, stack, environment, region))
}

function explain(
  text: string,
  status: number,
  stack: string,
  environment: string,
  region: string,
): string {
  const code = element(text, 'Code') ?? String(status)
  const message = element(text, 'Message') ?? text.slice(0, 200)
  if (code === 'ValidationError' && /does not exist/.test(message)) {
    return (
      `Stack ${stack} does not exist in ${region} for these credentials. Deploy it with ` +
      `"ENVIRONMENT=${environment} npx cdk deploy --all", or check AWS_PROFILE.`
    )
  }
  if (code.startsWith('AccessDenied')) {
    return (
      `These credentials may not read stack ${stack} (${message}). They need ` +
      'cloudformation:DescribeStacks on it; or give the address of the front door with --uri.'
    )
  }
  return credentialAdvice(Object.assign(new Error(`${code}: ${message}`), { name: code }))
}

function readOutput(xml: string, key: string): string | undefined {
  for (const [, member = ''] of xml.matchAll(/<member>([\s\S]*?)<\/member>/g)) {
    if (element(member, 'OutputKey') === key) return element(member, 'OutputValue')
  }
  return undefined
}

const ENTITIES: Record<string, string> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' }

function element(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`)
    .exec(xml)?.[1]
    ?.replace(/&(\w+);/g, (entity, word: string) => ENTITIES[word] ?? entity)
}
