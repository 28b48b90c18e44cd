import { afterAll, describe, expect, inject, test } from 'vitest'
import { protectNames, readProtectedNames } from '../../lambdas/migrations/protected-names.ts'
import { connectDatabase } from '../../lambdas/platform/data-api.ts'
import { useDataApi } from './setup.ts'

useDataApi(inject('dataApi'))

const administrator = connectDatabase('ADMINISTRATOR_SECRET_ARN', 10_000)
const gatekeeper = connectDatabase('GATEKEEPER_SECRET_ARN', 10_000)

const model = { name: 'protected/모델', kind: 'model', workload: 'fraud-detector' } as const
const prompt = { name: 'protected_prompt', kind: 'prompt', workload: 'fp-copilot' } as const

function protectedNow(): Promise<unknown[]> {
  return gatekeeper.query(
    "select name, kind, workload from gate.protected_name where workspace = 'default' order by name",
  )
}

afterAll(() => protectNames(administrator, []))

test('the names that a deployment gives are protected, and no others', async () => {
  await protectNames(administrator, readProtectedNames(JSON.stringify([model, prompt])))
  expect(await protectedNow()).toEqual([model, prompt])
  await protectNames(
    administrator,
    readProtectedNames(JSON.stringify([{ ...prompt, workload: 'graphrag' }])),
  )
  expect(await protectedNow()).toEqual([{ ...prompt, workload: 'graphrag' }])
})

describe('names that cannot be read stop the deployment instead of opening the gate', () => {
  test.each([
    [
      'none are given',
      undefined,
      'The names to protect are missing; the deployment gives them as "protect".',
    ],
    ['they are no JSON', 'fraud-detector', /JSON/u],
    ['one has no kind', JSON.stringify([{ name: 'a', workload: 'b' }]), /kind/u],
  ])('%s', (_what, text, sentence) => {
    expect(() => readProtectedNames(text)).toThrow(sentence)
  })
})
