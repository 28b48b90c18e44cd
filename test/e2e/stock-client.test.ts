import { randomUUID } from 'node:crypto'
import {
  AttachRolePolicyCommand,
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from '@aws-sdk/client-iam'
import { expect, it } from 'vitest'
import { asAdministrator, output, runPython, stack } from './platform.ts'

const iam = new IAMClient(asAdministrator)

/** Runs a Python program whose failure is the failure of the test, with all that it printed. */
async function runTests(
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<string> {
  try {
    return await runPython(args, more)
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${stdout}\n${stderr}`, { cause: error })
  }
}

/** Makes a role with the client policy only, and takes it on. */
async function assumeClientRole(): Promise<Record<string, string>> {
  const RoleName = `client-${randomUUID()}`
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { AWS: `arn:aws:iam::${stack.account}:root` },
          },
        ],
      }),
    }),
  )
  await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: output('ClientPolicyArn') }))
  const printed = await runPython(
    [
      '-c',
      'import boto3, json, os; c = boto3.client("sts").assume_role(RoleArn=os.environ["ROLE"], RoleSessionName="tests")' +
        '["Credentials"]; print(json.dumps([c["AccessKeyId"], c["SecretAccessKey"], c["SessionToken"]]))',
    ],
    {
      ROLE: Role?.Arn ?? '',
      AWS_ACCESS_KEY_ID: stack.administrator.accessKeyId,
      AWS_SECRET_ACCESS_KEY: stack.administrator.secretAccessKey,
    },
  )
  const [key = '', secret = '', token = ''] = JSON.parse(printed) as string[]
  return { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token }
}

it('the stock MLflow client works through the front door, with a role that has the client policy only', async () => {
  const UserName = `stranger-${randomUUID()}`
  await iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const printed = await runTests(
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'test/e2e/clients'],
    {
      ...(await assumeClientRole()),
      TOWNIN_STRANGER_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
      TOWNIN_STRANGER_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
    },
  )
  expect(printed).toMatch(/\d+ passed/)
  expect(printed).not.toMatch(/skipped|failed/)
})

// Thousands of requests, on two cores that the stack shares.
const fuzzingLimit = 900_000

it(
  'the API keeps what its OpenAPI document promises, whatever it is sent',
  { timeout: fuzzingLimit },
  async () => {
    const printed = await runTests(['test/e2e/schemathesis_run.py'], {
      FRONT_DOOR: output('TrackingUri'),
    })
    const [, generated, passed] = /(\d+) generated, (\d+) passed/.exec(printed) ?? []
    expect(Number(generated)).toBeGreaterThan(300)
    expect(passed).toBe(generated)
  },
)
