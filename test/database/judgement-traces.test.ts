import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { priceOverrides } from '../../config/prices.ts'
import { aggregateCosts, listTracedExperiments } from '../../lambdas/costs/aggregate.ts'
import { pricedWorkloads } from '../../lambdas/costs/priced-workloads.ts'
import { callIdOf, type JudgeCall } from '../../lambdas/evaluation/judges/judge-call.ts'
import { judgementsIn } from '../../lambdas/evaluation/judges/judgement-store.ts'
import { traceJudgeCalls } from '../../lambdas/evaluation/judges/trace-judge-calls.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { type Mlflow, MlflowError } from '../../lambdas/platform/mlflow.ts'
import { readSettings } from '../../local/settings.ts'
import { useDataApi } from './setup.ts'
import { connectAs } from './spans.ts'

let server: ChildProcess
let address: string
let artifacts: string
let mlflowTables: pg.Client
let ops: pg.Client
let database: Database
/** Traces in each request that MLflow got. */
let requests: number
let isAway: boolean

/** MLflow with its own endpoint for traces; experiments are read and made in its tables. */
const mlflow: Mlflow = {
  async call<Answer>(method: string, _path: string, values: Record<string, unknown> = {}) {
    if (isAway) throw new MlflowError('away', 503, '')
    if (method === 'GET') {
      const { rows } = await mlflowTables.query(
        'select experiment_id::text from experiments where name = $1',
        [values['experiment_name']],
      )
      if (rows.length === 0) throw new MlflowError('none', 404, 'RESOURCE_DOES_NOT_EXIST')
      return { experiment: rows[0] } as Answer
    }
    const { rows } = await mlflowTables.query(
      `insert into experiments (name, lifecycle_stage, artifact_location) values ($1, 'active', $2)
       returning experiment_id::text`,
      [values['name'], artifacts],
    )
    return rows[0] as Answer
  },
  async send(path, body, headers) {
    requests += 1
    const response = await fetch(`${address}${path}`, {
      method: 'POST',
      body: Buffer.from(body),
      headers,
    })
    if (!response.ok) throw new MlflowError(await response.text(), response.status, '')
  },
}

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  database = connectDatabase('OPS_SECRET_ARN', 10_000)
  mlflowTables = await connectAs('mlflow')
  ops = await connectAs('ops')
  artifacts = mkdtempSync(join(tmpdir(), 'artifacts-'))
  server = spawn(join(readSettings({}).pythonBin, 'python'), ['test/database/otlp_server.py'], {
    env: {
      ...process.env,
      PGHOST: '127.0.0.1',
      PGPORT: String(inject('postgresPort')),
      PGUSER: 'mlflow',
      PGPASSWORD: inject('passwords')['mlflow'],
      PGDATABASE: 'mlops',
      ARTIFACT_ROOT: artifacts,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      MLFLOW_MODEL_CATALOG_URI: '',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [port] = (await once(server.stdout!, 'data')) as [Buffer]
  address = `http://127.0.0.1:${port.toString().trim()}`
}, 120_000)

beforeEach(async () => {
  requests = 0
  isAway = false
  claimant = randomUUID()
  await ops.query('delete from ops.judge_call')
})

afterAll(async () => {
  server.kill()
  await once(server, 'exit')
  await mlflowTables.end()
  await ops.end()
  rmSync(artifacts, { recursive: true, force: true })
})

const at = Date.parse('2026-11-24T01:02:03.456Z')
let numbers = 0
let claimant = ''

function call(more: Partial<JudgeCall> = {}): JudgeCall {
  numbers += 1
  return {
    callId: callIdOf(claimant, more.promptVersion ?? 'claims:1', 'k', numbers),
    judgementKey: 'k',
    operation: 'chat',
    promptVersion: 'claims:1',
    provider: '',
    model: 'gpt-4o-mini',
    usage: {
      inputTokens: 1_200,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 34,
      reasoningTokens: 0,
    },
    askedAt: at + numbers,
    milliseconds: 700,
    fault: '',
    ...more,
  }
}

const tokens = (input: number, output = 0) => ({
  ...call().usage,
  inputTokens: input,
  outputTokens: output,
})

async function keep(evaluationId: string, calls: readonly JudgeCall[]): Promise<void> {
  const store = judgementsIn(database, { id: 'claimant', judge: 'bedrock', evaluationId })
  await store.keep({ answers: [], calls, released: [] })
}

async function price(): Promise<void> {
  await aggregateCosts(database, await listTracedExperiments(database), {
    workloads: pricedWorkloads,
    overrides: priceOverrides,
    timeZone: 'Asia/Seoul',
    latenessHours: 24,
    // What is kept only rises, and other tests have older calls.
    oldestKept: new Date('2025-10-01T00:00:00Z'),
    now: new Date('2026-11-24T03:00:00Z'),
    mayContinue: () => true,
  })
}

const priced = async (evaluationId: string) =>
  (
    await ops.query(
      `select workload, provider, model, prompt_version, status, input_tokens::int as input,
         output_tokens::int as output, cost_nano::bigint::text as cost
       from ops.llm_call where unit_type = 'evaluation' and unit_id = $1 and status <> 'nested' order by started_at`,
      [evaluationId],
    )
  ).rows

describe("a judge's calls", () => {
  it('become traces that the cost job prices as the workload evaluation, by evaluation and prompt', async () => {
    await keep('ev-priced', [
      call(),
      call({
        promptVersion: 'similarity:1',
        operation: 'embeddings',
        model: 'text-embedding-3-small',
        usage: tokens(40),
      }),
      call({
        provider: 'bedrock',
        model: 'apac.anthropic.claude-3-5-sonnet-20241022-v2:0',
        fault: 'It is no JSON.',
      }),
      call({
        provider: 'bedrock',
        model: 'cohere.embed-multilingual-v3',
        operation: 'embeddings',
        promptVersion: 'similarity:1',
        usage: tokens(40),
      }),
      call({ usage: { ...tokens(2_000, 10), cachedInputTokens: 1_000 } }),
    ])
    expect(await traceJudgeCalls(database, mlflow, 'ev-priced')).toBe(5)
    await price()
    const shared = { workload: 'evaluation', status: 'priced' }
    expect(await priced('ev-priced')).toEqual([
      {
        ...shared,
        provider: 'openai',
        model: 'gpt-4o-mini',
        prompt_version: 'claims:1',
        input: 1_200,
        output: 34,
        cost: String(1_200 * 150 + 34 * 600),
      },
      {
        ...shared,
        provider: 'openai',
        model: 'text-embedding-3-small',
        prompt_version: 'similarity:1',
        input: 40,
        output: 0,
        cost: String(40 * 20),
      },
      {
        ...shared,
        provider: 'bedrock',
        model: 'apac.anthropic.claude-3-5-sonnet-20241022-v2:0',
        prompt_version: 'claims:1',
        input: 1_200,
        output: 34,
        cost: String(1_200 * 3_000 + 34 * 15_000),
      },
      {
        ...shared,
        provider: 'bedrock',
        model: 'cohere.embed-multilingual-v3',
        prompt_version: 'similarity:1',
        input: 40,
        output: 0,
        cost: String(40 * 100),
      },
      {
        ...shared,
        provider: 'openai',
        model: 'gpt-4o-mini',
        prompt_version: 'claims:1',
        input: 2_000,
        output: 10,
        cost: String(1_000 * 150 + 1_000 * 75 + 10 * 600),
      },
    ])
    const { rows } = await mlflowTables.query(
      `select distinct span.name, span.type from spans span join trace_tags tag on tag.request_id = span.trace_id
       where tag.key = 'ops.unit.id' and tag.value = 'ev-priced' order by 1`,
    )
    expect(rows).toEqual([
      { name: 'chat claims:1', type: 'CHAT_MODEL' },
      { name: 'embeddings similarity:1', type: 'EMBEDDING' },
      { name: 'judge claims:1', type: 'CHAIN' },
      { name: 'judge similarity:1', type: 'CHAIN' },
    ])
  })

  it('that are handed over twice cost once', async () => {
    await keep('ev-twice', [call(), call()])
    await traceJudgeCalls(database, mlflow, 'ev-twice')
    await price()
    const before = await priced('ev-twice')
    // As if the note that they were handed over had been lost.
    await ops.query(
      `update ops.judge_call set traced_at = null, exporting_until = '-infinity' where evaluation_id = 'ev-twice'`,
    )
    expect(await traceJudgeCalls(database, mlflow, 'ev-twice')).toBe(2)
    await price()
    expect(await priced('ev-twice')).toEqual(before)
    expect(before).toHaveLength(2)
  })

  it('whose tokens the provider did not say are unpriced, not free', async () => {
    const unknown = { ...call().usage, inputTokens: null, outputTokens: null }
    await keep('ev-unknown', [call({ usage: unknown })])
    await traceJudgeCalls(database, mlflow, 'ev-unknown')
    await price()
    expect(await priced('ev-unknown')).toMatchObject([{ status: 'unpriced', cost: null }])
  })

  it('that a dead attempt left are handed over by the next one, and only what is left', async () => {
    await keep('ev-dead', [call()])
    await traceJudgeCalls(database, mlflow, 'ev-dead')
    await keep('ev-dead', [call(), call()])
    await keep('ev-other', [call()])
    expect(await traceJudgeCalls(database, mlflow, 'ev-dead')).toBe(2)
    expect(await traceJudgeCalls(database, mlflow, 'ev-dead')).toBe(0)
    await ops.query(`update ops.judge_call set recorded_at = now() - interval '2 hours'`)
    expect(await traceJudgeCalls(database, mlflow, 'ev-dead'), 'of others too, in time').toBe(1)
  })

  it('are shared by batches that end at the same moment', async () => {
    await keep(
      'ev-shared',
      Array.from({ length: 700 }, () => call()),
    )
    const shares = await Promise.all(
      [1, 2, 3].map(async () => traceJudgeCalls(database, mlflow, 'ev-shared')),
    )
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(700)
    expect(requests).toBeLessThan(6)
  })

  it('wait for MLflow while it is away', async () => {
    await keep('ev-away', [call()])
    isAway = true
    await expect(traceJudgeCalls(database, mlflow, 'ev-away')).rejects.toThrow('away')
    isAway = false
    expect(await traceJudgeCalls(database, mlflow, 'ev-away')).toBe(1)
  })
})
