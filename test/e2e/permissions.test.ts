import { randomUUID } from 'node:crypto'
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteRolePolicyCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askFrontDoor } from '../../local/front-door.ts'
import { ended, startEvaluation, uploadLines } from './evaluations.ts'
import { asAdministrator, callFrontDoor, output, runCostJob, stack } from './platform.ts'

const iam = new IAMClient(asAdministrator)

interface Statement {
  readonly Action: string | string[]
}

interface InlinePolicy {
  readonly name: string
  readonly document: string
}

async function roleOf(functionName: string): Promise<string> {
  const { Role = '' } = await new LambdaClient(asAdministrator).send(
    new GetFunctionConfigurationCommand({ FunctionName: functionName }),
  )
  return Role.split('/').at(-1) ?? ''
}

async function policiesOf(role: string): Promise<InlinePolicy[]> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: role }))
  return Promise.all(
    PolicyNames.map(async (name) => {
      const { PolicyDocument = '' } = await iam.send(
        new GetRolePolicyCommand({ RoleName: role, PolicyName: name }),
      )
      return { name, document: decodeURIComponent(PolicyDocument) }
    }),
  )
}

function without(document: string, action: string): string {
  const policy = JSON.parse(document) as { Statement: Statement[] }
  return JSON.stringify({
    ...policy,
    Statement: policy.Statement.map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter((allowed) => allowed !== action),
    })).filter(({ Action }) => Action.length > 0),
  })
}

/** Does something while the role of a function, named by an output, may not do one thing. */
async function withoutAction(
  functionName: string,
  action: string,
  act: () => Promise<void>,
): Promise<void> {
  const role = await roleOf(output(functionName))
  const policies = await policiesOf(role)
  expect(policies.some(({ document }) => document.includes(`"${action}"`))).toBe(true)
  const put = (document: (policy: InlinePolicy) => string) =>
    Promise.all(
      policies.map((policy) =>
        iam.send(
          new PutRolePolicyCommand({
            RoleName: role,
            PolicyName: policy.name,
            PolicyDocument: document(policy),
          }),
        ),
      ),
    )
  await put(({ document }) => without(document, action))
  try {
    await act()
  } finally {
    await put(({ document }) => document)
  }
}

describe('IAM is enforced: the cost job fails without', () => {
  let role: string
  let policies: InlinePolicy[]

  beforeAll(async () => {
    role = await roleOf(output('CostJobFunction'))
    policies = await policiesOf(role)
  })

  const put = (policy: InlinePolicy, document: string) =>
    iam.send(
      new PutRolePolicyCommand({
        RoleName: role,
        PolicyName: policy.name,
        PolicyDocument: document,
      }),
    )

  afterAll(async () => {
    for (const policy of policies) await put(policy, policy.document)
  })

  it.each([
    'rds-data:ExecuteStatement',
    'secretsmanager:GetSecretValue',
    'ssm:GetParameter',
    'cloudwatch:PutMetricData',
  ])('%s, and works again with it', async (action) => {
    expect(policies.some(({ document }) => document.includes(`"${action}"`))).toBe(true)
    for (const policy of policies) await put(policy, without(policy.document, action))
    const denied = await runCostJob()
    expect(denied.error).toMatch(/AccessDenied|not authorized/)
    for (const policy of policies) await put(policy, policy.document)
    expect((await runCostJob()).error).toBeUndefined()
  })
})

describe('IAM is enforced: the cost API fails without', () => {
  it('its access to the database, and tells the caller nothing of it', async () => {
    const role = await roleOf(output('CostApiFunction'))
    const policies = await policiesOf(role)
    for (const { name } of policies) {
      await iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName: name }))
    }
    try {
      const { status, body } = await callFrontDoor('/ops/costs')
      expect(status).toBe(500)
      expect(JSON.stringify(body)).not.toMatch(/rds|arn:|denied|secret/i)
    } finally {
      for (const { name, document } of policies) {
        await iam.send(
          new PutRolePolicyCommand({
            RoleName: role,
            PolicyName: name,
            PolicyDocument: document,
          }),
        )
      }
    }
    expect((await callFrontDoor('/ops/costs')).status).toBe(200)
  })
})

describe('IAM is enforced: approvals and rollbacks', () => {
  // Of names that nothing guards, so that whoever gets through is told so, and nothing moves.
  const names = ['nothing', 'nothing/promotions', 'nothing/approvals/보험 답변']

  /** Statuses of asking for each on each name, by the policies that a new user has. */
  async function statusesWith(...policies: string[]): Promise<Record<string, number[]>> {
    const UserName = `release-${randomUUID()}`
    await iam.send(new CreateUserCommand({ UserName }))
    for (const policy of policies) {
      await iam.send(new AttachUserPolicyCommand({ UserName, PolicyArn: output(policy) }))
    }
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    const caller = {
      trackingUri: output('TrackingUri'),
      region: stack.region,
      key: {
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      },
    }
    const statuses: Record<string, number[]> = { promotions: [], approvals: [], rollbacks: [] }
    for (const [word, found] of Object.entries(statuses)) {
      const body = { [word === 'rollbacks' ? 'to' : 'version']: 1, reason: 'a try' }
      for (const kind of ['models', 'prompts']) {
        for (const name of names) {
          const path = `/ops/${kind}/${encodeURIComponent(name)}/${word}`
          const { status } = await askFrontDoor(caller, path, body)
          if (!found.includes(status)) found.push(status)
        }
      }
    }
    return statuses
  }

  it('are refused to who has the client policy alone, and may ask for promotions', async () => {
    expect(await statusesWith('ClientPolicyArn')).toEqual({
      promotions: [404],
      approvals: [403],
      rollbacks: [403],
    })
  })

  it('are open to who has the release policy as well, and nothing else to who has that alone', async () => {
    expect(await statusesWith('ClientPolicyArn', 'ReleasePolicyArn')).toEqual({
      promotions: [404],
      approvals: [404],
      rollbacks: [404],
    })
    expect(await statusesWith('ReleasePolicyArn')).toEqual({
      promotions: [403],
      approvals: [404],
      rollbacks: [404],
    })
  })
})

describe('IAM is enforced: what evaluations found', () => {
  it('is written by no client, whose own rows are', async () => {
    const s3 = new S3Client({ ...asAdministrator, credentials: stack.client, forcePathStyle: true })
    const put = (Key: string) =>
      s3.send(new PutObjectCommand({ Bucket: output('ArtifactBucket'), Key, Body: '{}' }))
    await put('recorded/e2e/own.jsonl')
    await expect(put('evaluations/ev-1/scores.json')).rejects.toThrow(
      /AccessDenied|not authorized/i,
    )
  })
})

describe('IAM is enforced: an evaluation fails, and says so, where', () => {
  const rows = [{ id: 'a', inputs: { question: '며칠인가요?' }, outputs: '30일입니다.' }]
  const wish = {
    workload: 'graphrag',
    dataset: { kind: 'jsonl', key: 'datasets/e2e/permissions.jsonl' },
    source: { kind: 'recorded', key: 'recorded/e2e/permissions.jsonl' },
    metrics: ['answer_relevancy'],
  }

  beforeAll(async () => {
    await uploadLines(wish.dataset.key, rows)
    await uploadLines(wish.source.key, rows)
  })

  it('the API may not start executions, and the same key starts it later', async () => {
    const keyed = { ...wish, idempotencyKey: `permissions-${Date.now()}` }
    await withoutAction('EvaluationApiFunction', 'states:StartExecution', async () => {
      const { status, body } = await callFrontDoor('/ops/evaluations', keyed)
      expect(status).toBe(503)
      expect(JSON.stringify(body)).not.toMatch(/arn:|states:|denied/i)
    })
    expect((await ended(await startEvaluation(keyed))).status).toBe('completed')
  })

  it('preparing may not read its rows', async () => {
    await withoutAction('PrepareFunction', 's3:GetObject', async () => {
      const evaluation = await ended(await startEvaluation(wish))
      expect(evaluation.status).toBe('failed')
      expect(evaluation.reason).not.toBe('')
    })
    expect((await ended(await startEvaluation(wish))).status).toBe('completed')
  })
})

describe('IAM is enforced: the gate does nothing without', () => {
  const name = 'fraud-detector'
  const readLedger = () => callFrontDoor('/ops/ledger?limit=1')
  const askByApi = () =>
    callFrontDoor(`/ops/models/${name}/promotions`, { version: 1, reason: 'a try', dryRun: true })
  const askByMlflow = () =>
    callFrontDoor('/api/2.0/mlflow/registered-models/alias', {
      name,
      alias: 'production',
      version: '999',
    })

  it.each([
    ['PromotionApiFunction', 'rds-data:ExecuteStatement', readLedger],
    ['PromotionApiFunction', 'secretsmanager:GetSecretValue', readLedger],
    ['PromotionApiFunction', 'execute-api:Invoke', askByApi],
    ['GateFunction', 'execute-api:Invoke', askByMlflow],
  ])('what %s needs: %s', async (functionName, action, ask) => {
    await withoutAction(functionName, action, async () => {
      const { status, body } = await ask()
      expect(status).toBeGreaterThanOrEqual(500)
      expect(JSON.stringify(body)).not.toMatch(/arn:|rds-data|secretsmanager|execute-api|denied/i)
    })
    // Done, or refused for a reason.
    expect((await ask()).status).toBeLessThan(500)
  })
})
