import { administratorKey, type AccessKey } from './administrator.ts'
import { AwsError, send } from './aws-request.ts'
import { endpointOf, type Settings } from './settings.ts'

/** The user that the demo and the clients of the local stack work as. */
export const demoUser = 'demo-client'

const as = (settings: Settings, service: string) => ({
  key: administratorKey(settings.data),
  region: settings.region,
  service,
})

const iam = async (settings: Settings, parameters: Record<string, string>): Promise<string> => {
  const { text } = await send(
    {
      method: 'POST',
      url: new URL(`${endpointOf(settings)}/`),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ Version: '2010-05-08', ...parameters }).toString(),
    },
    as(settings, 'iam'),
  )
  return text
}

const element = (xml: string, name: string): string => {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  if (!found) throw new Error(`The answer of IAM has no ${name}: ${xml}`)
  return found
}

/** Makes a user that may do what `policyArn` allows and nothing else, with a new access key. */
export const createDemoUser = async (settings: Settings, policyArn: string): Promise<AccessKey> => {
  try {
    await iam(settings, { Action: 'CreateUser', UserName: demoUser })
  } catch (error) {
    // From an earlier start whose emulator still runs.
    if (!(error instanceof AwsError && error.body.includes('EntityAlreadyExists'))) throw error
  }
  await iam(settings, { Action: 'AttachUserPolicy', UserName: demoUser, PolicyArn: policyArn })
  const key = await iam(settings, { Action: 'CreateAccessKey', UserName: demoUser })
  return {
    accessKeyId: element(key, 'AccessKeyId'),
    secretAccessKey: element(key, 'SecretAccessKey'),
  }
}

const json = async (
  settings: Settings,
  service: string,
  target: string,
  body: unknown,
): Promise<void> => {
  await send(
    {
      method: 'POST',
      url: new URL(`${endpointOf(settings)}/`),
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body: JSON.stringify(body),
    },
    as(settings, service),
  )
}

/** Stores a secret that on AWS a person would have stored. */
export const putSecret = async (settings: Settings, name: string, value: string): Promise<void> => {
  try {
    await json(settings, 'secretsmanager', 'secretsmanager.CreateSecret', {
      Name: name,
      SecretString: value,
    })
  } catch (error) {
    if (!(error instanceof AwsError && error.body.includes('ResourceExistsException'))) throw error
    await json(settings, 'secretsmanager', 'secretsmanager.PutSecretValue', {
      SecretId: name,
      SecretString: value,
    })
  }
}

/** What a schedule invokes, and with what. */
export interface ScheduleTarget {
  readonly arn: string
  readonly input: string
}

/** Reads the target of a schedule. */
export const scheduleTarget = async (
  settings: Settings,
  schedule: { readonly name: string; readonly group: string },
): Promise<ScheduleTarget> => {
  const url = new URL(`${endpointOf(settings)}/schedules/${encodeURIComponent(schedule.name)}`)
  url.searchParams.set('groupName', schedule.group)
  const { text } = await send({ method: 'GET', url }, as(settings, 'scheduler'))
  const target = (JSON.parse(text) as { Target: { Arn: string; Input?: string } }).Target
  return { arn: target.Arn, input: target.Input ?? '{}' }
}

/** Invokes a function as a schedule would, but waits for its answer; throws when it fails. */
export const invoke = async (settings: Settings, target: ScheduleTarget): Promise<unknown> => {
  const path = `/2015-03-31/functions/${encodeURIComponent(target.arn)}/invocations`
  const { text, headers } = await send(
    { method: 'POST', url: new URL(`${endpointOf(settings)}${path}`), body: target.input },
    as(settings, 'lambda'),
    900,
  )
  const failure = headers.get('x-amz-function-error')
  if (failure) throw new Error(`${target.arn} failed (${failure}): ${text.slice(0, 2000)}`)
  return text ? (JSON.parse(text) as unknown) : undefined
}
