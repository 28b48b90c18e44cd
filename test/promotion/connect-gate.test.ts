import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { connectGate } from '../../lambdas/promotion/connect-gate.ts'
import { openGate } from '../../lambdas/promotion/open-gate.ts'

const deployed = {
  ENVIRONMENT: 'local',
  ARTIFACT_BUCKET: 'bucket',
  CLUSTER_ARN: 'arn:aws:rds:us-east-1:000000000000:cluster:test',
  DATABASE_NAME: 'mlops',
  OPS_SECRET_ARN: 'ops',
  GATEKEEPER_SECRET_ARN: 'gatekeeper',
  FRONT_DOOR_URL: 'https://front-door.example',
  EVENT_BUS_NAME: 'bus',
  AWS_REGION: 'us-east-1',
  CODE_VERSION: 'townin-mlops 0 (commit)',
}

const connect = () => connectGate({ wakeLimit: 0, mlflowPatience: 0 }, () => undefined)

beforeEach(() => {
  for (const [name, value] of Object.entries(deployed)) vi.stubEnv(name, value)
})

afterEach(() => {
  vi.unstubAllEnvs()
})

test('entries of the ledger name the code that the function was deployed from', () => {
  expect(openGate(connect()).code).toBe('townin-mlops 0 (commit)')
})

test('a function that does not know its code does not start: its entries could not be made again', () => {
  vi.stubEnv('CODE_VERSION', '')
  expect(connect).toThrow('The environment variable CODE_VERSION is not set.')
})
