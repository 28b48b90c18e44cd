import { randomUUID } from 'node:crypto'
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import { expect, it } from 'vitest'
import { asAdministrator, output, runPython } from './platform.ts'

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

it('the stock MLflow client works through the front door, with the client policy only', async () => {
  const iam = new IAMClient(asAdministrator)
  const UserName = `stranger-${randomUUID()}`
  await iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const printed = await runTests(
    ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'test/e2e/clients'],
    {
      TOWNIN_STRANGER_ACCESS_KEY_ID: AccessKey?.AccessKeyId ?? '',
      TOWNIN_STRANGER_SECRET_ACCESS_KEY: AccessKey?.SecretAccessKey ?? '',
    },
  )
  expect(printed).toMatch(/\d+ passed/)
  expect(printed).not.toMatch(/skipped|failed/)
})

it('the cost API keeps what its OpenAPI document promises, whatever it is sent', async () => {
  const printed = await runTests(['test/e2e/schemathesis_run.py'], {
    FRONT_DOOR: output('TrackingUri'),
  })
  const [, generated, passed] = /(\d+) generated, (\d+) passed/.exec(printed) ?? []
  expect(Number(generated)).toBeGreaterThan(300)
  expect(passed).toBe(generated)
})
