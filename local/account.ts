import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  EntityAlreadyExistsException,
  IAMClient,
} from '@aws-sdk/client-iam'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler'
import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { administratorKey, type AccessKey } from './administrator.ts'
import { endpointOf, type Settings } from './settings.ts'

/** A Lambda function may run that long, in milliseconds. */
const longestInvocation = 900_000

const asAdministrator = (settings: Settings) => ({
  endpoint: endpointOf(settings),
  region: settings.region,
  credentials: administratorKey(settings.data),
  requestHandler: { requestTimeout: longestInvocation },
  maxAttempts: 1,
})

/** Makes a user that may do what the policies allow and nothing else, with a new access key. */
export const createUser = async (
  settings: Settings,
  name: string,
  policyArns: readonly string[],
): Promise<AccessKey> => {
  const iam = new IAMClient(asAdministrator(settings))
  try {
    await iam.send(new CreateUserCommand({ UserName: name }))
  } catch (error) {
    // From an earlier start whose emulator still runs.
    if (!(error instanceof EntityAlreadyExistsException)) throw error
  }
  for (const PolicyArn of policyArns) {
    await iam.send(new AttachUserPolicyCommand({ UserName: name, PolicyArn }))
  }
  const { AccessKey: key } = await iam.send(new CreateAccessKeyCommand({ UserName: name }))
  if (!key?.AccessKeyId || !key.SecretAccessKey) throw new Error(`IAM made no key for ${name}.`)
  return { accessKeyId: key.AccessKeyId, secretAccessKey: key.SecretAccessKey }
}

/** Stores a secret that on AWS a person would have stored. */
export const putSecret = async (settings: Settings, name: string, value: string): Promise<void> => {
  const secrets = new SecretsManagerClient(asAdministrator(settings))
  try {
    await secrets.send(new CreateSecretCommand({ Name: name, SecretString: value }))
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error
    await secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }))
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
  const { Target } = await new SchedulerClient(asAdministrator(settings)).send(
    new GetScheduleCommand({ Name: schedule.name, GroupName: schedule.group }),
  )
  if (!Target?.Arn) throw new Error(`The schedule ${schedule.name} has no target.`)
  return { arn: Target.Arn, input: Target.Input ?? '{}' }
}

/** Invokes a function as a schedule would, but waits for its answer; throws when it fails. */
export const invoke = async (settings: Settings, target: ScheduleTarget): Promise<unknown> => {
  const { Payload, FunctionError } = await new LambdaClient(asAdministrator(settings)).send(
    new InvokeCommand({ FunctionName: target.arn, Payload: Buffer.from(target.input) }),
  )
  const text = Buffer.from(Payload ?? []).toString('utf8')
  if (FunctionError) {
    throw new Error(`${target.arn} failed (${FunctionError}): ${text.slice(0, 2000)}`)
  }
  return text ? (JSON.parse(text) as unknown) : undefined
}
