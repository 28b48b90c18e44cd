import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import {
  CloudWatchClient,
  ListMetricsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  asAdministrator,
  callFrontDoor,
  output,
  processesOf,
  queryDatabase,
  restart,
  runCostJob,
  runPython,
  stack,
} from './platform.ts'

interface StandInCall {
  readonly model: string
  readonly inputTokens: number
  readonly cachedInputTokens: number
  readonly outputTokens: number
}

/** What the stand-in answered since a moment: what a provider would bill. */
async function billedCalls(since: number): Promise<StandInCall[]> {
  const answer = await fetch(`http://127.0.0.1:${stack.ports.llm}/_local/calls?since=${since}`)
  return ((await answer.json()) as { calls: StandInCall[] }).calls
}

const sortedKeys = (calls: readonly (string | number)[][]) =>
  calls.map((call) => call.join(' ')).toSorted((left, right) => (left < right ? -1 : 1))

async function pricedCalls(): Promise<(string | number)[][]> {
  const rows = await queryDatabase<{
    model: string
    input: string
    cached: string
    output: string
    cost: string
  }>(
    `select model, input_tokens::text as input, cached_input_tokens::text as cached, output_tokens::text as output,
       cost_nano::text as cost
     from ops.llm_call where status = 'priced' and workload in ('graphrag', 'flyer-scanner')`,
  )
  return rows.map(({ model, input, cached, output: out, cost }) => [
    // The client names the model by its alias or by the version that answered.
    model.replace(/-\d{4}-\d{2}-\d{2}$/, ''),
    input,
    cached,
    out,
    cost,
  ])
}

/** USD per million tokens as OpenAI publishes them for these models. */
const published: Readonly<Record<string, { input: number; cached: number; output: number }>> = {
  'gpt-4o-mini': { input: 0.15, cached: 0.075, output: 0.6 },
  'gpt-4.1-mini': { input: 0.4, cached: 0.1, output: 1.6 },
  'gpt-4o': { input: 2.5, cached: 1.25, output: 10 },
  'text-embedding-3-small': { input: 0.02, cached: 0.02, output: 0 },
}

function nanoUsd(call: StandInCall): number {
  const price = published[call.model]
  if (price === undefined) throw new Error(`No published price of ${call.model} in this test.`)
  return Math.round(
    (call.inputTokens - call.cachedInputTokens) * price.input * 1_000 +
      call.cachedInputTokens * price.cached * 1_000 +
      call.outputTokens * price.output * 1_000,
  )
}

async function rollupTotals() {
  const [row] = await queryDatabase<{ calls: string; cost: string }>(
    `select sum(calls)::text as calls, sum(cost_nano)::text as cost from ops.cost_rollup`,
  )
  const [kept] = await queryDatabase<{ calls: string; cost: string }>(
    `select count(*)::text as calls, sum(cost_nano)::text as cost from ops.llm_call where status <> 'nested'`,
  )
  const [spans] = await queryDatabase<{ calls: string }>(
    `select count(*)::text as calls from mlflow.spans where type in ('CHAT_MODEL', 'LLM', 'EMBEDDING')`,
  )
  return { rollup: row, calls: kept, spans: spans?.calls }
}

/** Copies the traces of an experiment, so that the job has a backlog: MLflow's own rows under other ids. */
async function multiplyTraces(times: number): Promise<void> {
  for (let copy = 0; copy < times; copy += 1) {
    const prefix = `tr-${Date.now().toString(36)}${copy}-`
    await queryDatabase(
      `with source as (
         select request_id, $1 || md5(request_id) as copy_id from mlflow.trace_info
         where request_id ~ '^tr-[0-9a-f]{32}$'
       ), info as (
         insert into mlflow.trace_info (request_id, experiment_id, timestamp_ms, status, total_tokens)
         select copy_id, experiment_id, timestamp_ms, status, total_tokens
         from mlflow.trace_info join source using (request_id) returning request_id
       )
       insert into mlflow.spans (trace_id, experiment_id, span_id, parent_span_id, name, type, status,
         start_time_unix_nano, end_time_unix_nano, content, model_name, model_provider, total_cost)
       select copy_id, experiment_id, span_id, parent_span_id, name, type, status, start_time_unix_nano,
         end_time_unix_nano, content, model_name, model_provider, total_cost
       from mlflow.spans join source on source.request_id = spans.trace_id
       where (select count(*) from info) > 0`,
      [prefix],
    )
  }
}

let billed: StandInCall[]
let settled: Awaited<ReturnType<typeof runCostJob>>

beforeAll(async () => {
  const since = Date.now()
  await runPython(['examples/graphrag.py'])
  await runPython(['examples/flyer_scanner.py'])
  billed = await billedCalls(since)
  settled = await runCostJob()
})

describe('what the examples cost', () => {
  it('is settled by one run of the job', () => {
    expect(billed.length).toBeGreaterThan(50)
    expect(settled.result).toMatchObject({ result: 'settled', finished: true })
  })

  it('is what the provider would bill: tokens and nano-dollars of each call, to the integer', async () => {
    expect(sortedKeys(await pricedCalls())).toEqual(
      sortedKeys(
        billed.map((call) => [
          call.model,
          call.inputTokens,
          call.cachedInputTokens,
          call.outputTokens,
          nanoUsd(call),
        ]),
      ),
    )
  })

  it('is reported by workload and model, with nothing unpriced', async () => {
    const { body } = await callFrontDoor('/ops/costs?groupBy=workload,model')
    const total = body['total'] as Record<string, number>
    expect(total['calls']).toBe(billed.length)
    expect(total['unpricedCalls']).toBe(0)
    expect(total['costNanoUsd']).toBe(billed.reduce((sum, call) => sum + nanoUsd(call), 0))
  })

  it('is attributed to units, prompt versions and countries', async () => {
    const { body } = await callFrontDoor(
      '/ops/costs?workload=graphrag&groupBy=unitType,promptVersion,country',
    )
    const rows = body['rows'] as Record<string, string>[]
    expect(new Set(rows.map((row) => row['unitType']))).toEqual(
      new Set(['claim', 'query', 'graph-build']),
    )
    expect(rows.some((row) => row['promptVersion'] !== '' && row['country'] === 'KR')).toBe(true)
    const units = await callFrontDoor('/ops/costs/units?workload=graphrag')
    expect(units.body).toMatchObject({
      unitType: 'claim',
      goals: [{ metric: 'unit_cost_p95', verdict: 'met' }],
    })
    const [dearest] = units.body['mostExpensive'] as { id: string; costNanoUsd: number }[]
    const unit = await callFrontDoor(`/ops/costs/units/claim/${dearest?.id}`)
    const calls = unit.body['rows'] as { costNanoUsd: number }[]
    expect(calls.reduce((sum, call) => sum + call.costNanoUsd, 0)).toBe(dearest?.costNanoUsd)
  })

  it('comes with full coverage, by what the applications and the provider say they made', async () => {
    const { body } = await callFrontDoor('/ops/coverage')
    const workloads = body['workloads'] as Record<string, unknown>[]
    expect(workloads.find(({ workload }) => workload === 'graphrag')).toMatchObject({
      trackingCoverage: { value: 1, verdict: 'met' },
      costVisibility: { value: 1, verdict: 'met' },
    })
    const providers = body['providers'] as Record<string, unknown>[]
    expect(providers.find(({ source }) => source === 'openai')).toMatchObject({
      madeCalls: billed.length,
      tracedCalls: billed.length,
      trackingCoverage: { value: 1 },
    })
  })

  it('gives the API’s answers through the real functions for bad input: never a 5xx', async () => {
    expect((await callFrontDoor('/ops/costs?workload=nothing')).status).toBe(400)
    expect((await callFrontDoor('/ops/nothing')).status).toBe(404)
    expect((await callFrontDoor('/ops/costs/units/claim/nothing')).status).toBe(404)
    expect((await callFrontDoor('/ops/llm-calls', { reports: [] })).status).toBe(400)
    expect((await callFrontDoor('/ops/llm-calls', { reports: 'x'.repeat(1_000_000) })).status).toBe(
      413,
    )
  })
})

describe('nothing is lost or counted twice', () => {
  async function expectAllCounted() {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      const { result } = await runCostJob()
      if (result?.['finished'] === true) break
      await pause(500)
    }
    const totals = await rollupTotals()
    expect(totals.rollup).toEqual(totals.calls)
    expect(totals.calls?.calls).toBe(totals.spans)
  }

  it('when the job runs twice at once', async () => {
    await multiplyTraces(3)
    const results = await Promise.all([runCostJob(), runCostJob(), runCostJob()])
    expect(results.every(({ error }) => error === undefined)).toBe(true)
    await expectAllCounted()
  })

  it('when the process of the job is killed in the middle', async () => {
    let killed = 0
    for (let round = 0; round < 4; round += 1) {
      await multiplyTraces(15)
      const run = runCostJob()
      await pause(150 + round * 120)
      for (const pid of processesOf(output('CostJobFunction'))) {
        process.kill(pid, 'SIGKILL')
        killed += 1
      }
      await run.catch(() => undefined)
    }
    expect(killed).toBeGreaterThan(0)
    await expectAllCounted()
  })

  it('when the database ends the connection in the middle of a statement', async () => {
    await multiplyTraces(20)
    const run = runCostJob()
    let ended = 0
    for (let attempt = 0; attempt < 200 && ended === 0; attempt += 1) {
      const rows = await queryDatabase<{ ended: boolean }>(
        `select pg_terminate_backend(pid) as ended from pg_stat_activity
         where usename = 'ops' and state = 'active' and query like '%ops.settle%'`,
      )
      ended += rows.length
      await pause(5)
    }
    await run
    expect(ended).toBeGreaterThan(0)
    await expectAllCounted()
  })

  it('when the database restarts', async () => {
    await multiplyTraces(5)
    const run = runCostJob()
    await pause(200)
    await restart('postgres')
    await run
    await expectAllCounted()
  })

  it('when the database has to wake up first', async () => {
    await multiplyTraces(1)
    const answer = await fetch(`http://127.0.0.1:${stack.ports.dataApi}/_local/state`, {
      method: 'PUT',
      body: JSON.stringify({ state: 'paused', resumeSeconds: 4 }),
    })
    expect(answer.ok).toBe(true)
    expect((await runCostJob()).result).toMatchObject({ result: 'settled' })
    await expectAllCounted()
  })
})

describe('the job', () => {
  it('leaves a database asleep that has slept since its last success', async () => {
    const cloudWatch = new CloudWatchClient(asAdministrator)
    const clusterArn = stack.outputs.data['ClusterArn'] ?? ''
    await runCostJob()
    // The last success is moved back, so that the figures of the cluster come after it.
    const { SSMClient, PutParameterCommand } = await import('@aws-sdk/client-ssm')
    const put = (value: Date) =>
      new SSMClient(asAdministrator).send(
        new PutParameterCommand({
          Name: '/townin-mlops/local/costs/last-success',
          Value: value.toISOString(),
          Overwrite: true,
          Type: 'String',
        }),
      )
    await put(new Date(Date.now() - 3 * 3_600_000))
    const capacity = (value: number) =>
      cloudWatch.send(
        new PutMetricDataCommand({
          Namespace: 'AWS/RDS',
          MetricData: [
            {
              MetricName: 'ServerlessDatabaseCapacity',
              Dimensions: [
                { Name: 'DBClusterIdentifier', Value: clusterArn.split(':').at(-1) ?? '' },
              ],
              Timestamp: new Date(Date.now() - 3_600_000),
              Value: value,
            },
          ],
        }),
      )
    await capacity(0)
    expect((await runCostJob()).result).toMatchObject({ result: 'asleep' })
    await capacity(1)
    expect((await runCostJob()).result).toMatchObject({ result: 'settled' })
  })

  it('publishes its health', async () => {
    const { Metrics } = await new CloudWatchClient(asAdministrator).send(
      new ListMetricsCommand({ Namespace: 'TowninMlops' }),
    )
    const names = Metrics?.map(({ MetricName }) => MetricName)
    expect(names).toContain('HoursSinceSuccess')
    expect(names).toContain('JobLagMinutes')
  })

  it('refuses a payload that it does not know', async () => {
    expect((await runCostJob({ action: 'settel' })).error).toContain('action')
  })
})

describe('what the platform leaves behind', () => {
  it('the artifact that the example logged is in the bucket', async () => {
    const listed = await runPython([
      '-c',
      [
        'import boto3, os',
        'page = boto3.client("s3").list_objects_v2(Bucket=os.environ["ARTIFACT_BUCKET"])',
        'print("\\n".join(item["Key"] for item in page.get("Contents", [])))',
      ].join('\n'),
    ])
    expect(listed).toMatch(/\/artifacts\//)
  })

  it('MLflow holds no connection to the database when it is idle', async () => {
    let open = Number.NaN
    for (let attempt = 0; attempt < 20 && open !== 0; attempt += 1) {
      await pause(500)
      const [row] = await queryDatabase<{ open: number }>(
        `select count(*)::int as open from pg_stat_activity where usename = 'mlflow'`,
      )
      open = row?.open ?? Number.NaN
    }
    expect(open).toBe(0)
  })

  it('no password of the database stands in its log', () => {
    const log = readFileSync('.local/test/logs/postgres.log', 'utf8')
    expect(log).not.toMatch(/password '(?!SCRAM)/i)
  })
})
