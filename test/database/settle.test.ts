import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { calcPrice } from '@pydantic/genai-prices'
import { priceOverrides } from '../../config/prices.ts'
import { workloads } from '../../config/workloads.ts'
import {
  aggregateCosts,
  type AggregationOptions,
  listTracedExperiments,
} from '../../lambdas/costs/aggregate.ts'
import { fromUsd } from '../../lambdas/domain/money.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { useDataApi } from './setup.ts'
import { connectAs, makeExperiment, storeSpans, storeTrace, tagTrace } from './spans.ts'

let mlflow: pg.Client
let ops: pg.Client
let database: Database
let experiment: number
const now = new Date('2026-11-24T03:00:00Z')
const at = new Date('2026-11-24T01:00:00Z')
const plain = { input_tokens: 1_000, output_tokens: 100, total_tokens: 1_100 }

async function settle(more: Partial<AggregationOptions> = {}) {
  return aggregateCosts(database, await listTracedExperiments(database), {
    workloads,
    overrides: priceOverrides,
    timeZone: 'Asia/Seoul',
    latenessHours: 24,
    oldestKept: new Date('2025-10-01T00:00:00Z'),
    now,
    mayContinue: () => true,
    ...more,
  })
}

async function callsOf(traceId: string) {
  const { rows } = await ops.query(
    `select span_id, status, reason, input_tokens::int, cached_input_tokens::int, output_tokens::int, model, provider,
       cost_nano::bigint::text as cost, unit_type, unit_id, prompt_version, country, mode, day::text, workload, tier
     from llm_call where trace_id = $1 order by span_id`,
    [traceId],
  )
  return rows
}

/** Other files leave behind sums whose calls have expired. */
const ofThisFile = `day >= '2026-11-01'`

/** The sums, and what they must be: the calls added up by a plain query. */
async function sumsAndCalls() {
  const columns = `count(*)::int as rows, sum(calls)::text as calls, sum(cost_nano)::text as cost,
    sum(input_tokens)::text as input, sum(unpriced_calls)::text as unpriced, sum(priced_calls)::text as priced`
  const { rows: sums } = await ops.query(`select ${columns} from cost_rollup where ${ofThisFile}`)
  const { rows: calls } = await ops.query(
    `select ${columns} from (
       select count(*) as calls, sum(cost_nano) as cost_nano, sum(input_tokens) as input_tokens,
         count(*) filter (where status = 'unpriced') as unpriced_calls,
         count(*) filter (where status = 'priced') as priced_calls
       from llm_call where status <> 'nested' and ${ofThisFile}
       group by day, workload, provider, model, mode, unit_type, prompt_version, country, reason) grouped`,
  )
  const { rows: units } = await ops.query(
    `select coalesce(sum(calls), 0)::text as calls, coalesce(sum(cost_nano), 0)::text as cost from unit_cost where ${ofThisFile}`,
  )
  const { rows: unitCalls } = await ops.query(
    `select count(*)::text as calls, coalesce(sum(cost_nano), 0)::text as cost from llm_call
     where unit_id <> '' and status <> 'nested' and ${ofThisFile}`,
  )
  return { sums: [sums[0], units[0]], calls: [calls[0], unitCalls[0]] }
}

async function expectSumsToAgree() {
  const { sums, calls } = await sumsAndCalls()
  expect(sums).toEqual(calls)
}

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  database = connectDatabase('OPS_SECRET_ARN', 10_000)
  mlflow = await connectAs('mlflow')
  ops = await connectAs('ops')
  experiment = await makeExperiment(mlflow, 'graphrag')
})

afterAll(async () => {
  await expectSumsToAgree()
  await mlflow.end()
  await ops.end()
})

describe('settling turns the spans of a trace into priced calls', () => {
  it('prices a call by provider, model and date, to the nano-dollar', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [{ usage: plain }],
      tags: { 'ops.unit.type': 'claim', 'ops.unit.id': 'C-1', 'ops.country': 'KR' },
    })
    await settle()
    const price = calcPrice(plain, 'gpt-4o-mini', { providerId: 'openai', timestamp: at })
    expect(await callsOf(trace)).toMatchObject([
      {
        status: 'priced',
        cost: String(fromUsd(price?.total_price ?? Number.NaN)),
        unit_type: 'claim',
        unit_id: 'C-1',
        country: 'KR',
        workload: 'graphrag',
        mode: 'standard',
      },
    ])
  })

  it('counts a call on the day of the environment’s time zone', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at: new Date('2026-11-23T15:00:00Z'),
      spans: [{ usage: plain }],
    })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ day: '2026-11-24' }])
  })

  it.each([
    [
      'openai',
      'gpt-4o-mini',
      { input_tokens: 2_000, cache_read_input_tokens: 1_536, output_tokens: 7 },
    ],
    ['openai', 'text-embedding-3-small', { input_tokens: 13, output_tokens: 0 }],
    [
      'anthropic',
      'claude-sonnet-4-20250514',
      {
        input_tokens: 5_000,
        cache_read_input_tokens: 1_000,
        cache_creation_input_tokens: 3_000,
        output_tokens: 200,
      },
    ],
    ['google', 'gemini-2.5-pro', { input_tokens: 200_000, output_tokens: 50 }],
    ['google', 'gemini-2.5-pro', { input_tokens: 200_001, output_tokens: 50 }],
    [
      'google',
      'gemini-2.5-pro',
      { input_tokens: 300_000, cache_read_input_tokens: 250_000, output_tokens: 1_000 },
    ],
    ['deepseek', 'deepseek-chat', { input_tokens: 10_000, output_tokens: 1_000 }],
  ])('agrees with the price list on %s %s %j', async (provider, model, usage) => {
    const trace = await storeTrace(mlflow, { experiment, at, spans: [{ provider, model, usage }] })
    await settle()
    const price = calcPrice(
      {
        input_tokens: usage.input_tokens,
        output_tokens: usage.output_tokens,
        cache_read_tokens:
          (usage as { cache_read_input_tokens?: number }).cache_read_input_tokens ?? 0,
        cache_write_tokens:
          (usage as { cache_creation_input_tokens?: number }).cache_creation_input_tokens ?? 0,
      },
      model,
      { providerId: provider, timestamp: at },
    )
    expect(price).not.toBeNull()
    expect(await callsOf(trace)).toMatchObject([
      { status: 'priced', cost: String(fromUsd(price?.total_price ?? Number.NaN)) },
    ])
  })

  it('charges half for a batch, and nothing is guessed for a mode without a price', async () => {
    const batch = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [{ usage: plain, mlflowCost: 0.00021 }],
      tags: { 'ops.pricing.mode': 'Batch' },
    })
    const odd = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [{ usage: plain }],
      tags: { 'ops.pricing.mode': 'priority' },
    })
    await settle()
    expect(await callsOf(batch)).toMatchObject([
      { status: 'priced', cost: '105000', reason: 'differs from MLflow: mode' },
    ])
    expect(await callsOf(odd)).toMatchObject([
      { status: 'unpriced', cost: null, reason: 'no price' },
    ])
  })

  it('keeps a call whose model has no price as unpriced, never as free', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [{ usage: plain, model: 'our-own-model' }, { usage: plain, model: null }, {}],
    })
    await settle()
    const calls = await callsOf(trace)
    expect(calls.map(({ status, cost }) => [status, cost])).toEqual(
      Array.from({ length: 3 }, () => ['unpriced', null]),
    )
    expect(new Set(calls.map(({ reason }) => reason))).toEqual(
      new Set(['no model name', 'no price', 'no token usage']),
    )
  })

  it.each([
    ['broken JSON', '{"attributes": {"mlflow.chat.tokenUsage"'],
    ['no JSON', 'hello'],
    ['an empty text', ''],
    [
      'text as a count',
      '{"attributes": {"mlflow.chat.tokenUsage": "{\\"input_tokens\\": \\"many\\"}"}}',
    ],
    ['a negative count', '{"attributes": {"mlflow.chat.tokenUsage": "{\\"input_tokens\\": -5}"}}'],
    ['an absurd count', '{"attributes": {"mlflow.chat.tokenUsage": "{\\"input_tokens\\": 1e30}"}}'],
    ['half a count', '{"attributes": {"mlflow.chat.tokenUsage": "{\\"input_tokens\\": 1.5}"}}'],
  ])('counts a span with %s as unreadable and goes on', async (_what, content) => {
    const trace = await storeTrace(mlflow, { experiment, at, spans: [{ content }] })
    const other = await storeTrace(mlflow, { experiment, at, spans: [{ usage: plain }] })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ status: 'unreadable', cost: null }])
    expect(await callsOf(other)).toMatchObject([{ status: 'priced' }])
  })

  it('reads the tokens of a span that holds a NUL and half a surrogate pair', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        {
          content:
            '{"events": [{"name": "\\u0000 \\ud83d"}], "attributes": {"mlflow.chat.tokenUsage": "{\\"input_tokens\\": 10, \\"output_tokens\\": 1}"}}',
        },
      ],
    })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ status: 'priced', input_tokens: 10 }])
  })

  it('is not fooled by text of the user that looks like token usage', async () => {
    const inputs = JSON.stringify({ text: '"mlflow.chat.tokenUsage": "{\\"input_tokens\\": 9}"' })
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        {
          content: JSON.stringify({
            attributes: {
              'mlflow.spanInputs': inputs,
              'mlflow.chat.tokenUsage': JSON.stringify(plain),
            },
            // As Python's JSON separates.
          }).replaceAll('":"', '": "'),
        },
      ],
    })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ input_tokens: 1_000 }])
  })

  it('counts the innermost span that reports tokens, so that two autologgers do not count a call twice', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      totalTokens: 1_100,
      spans: [
        { id: 'agent', type: 'AGENT', model: 'gpt-4o-mini', usage: plain },
        { id: 'chain', parent: 'agent', type: 'CHAIN', model: null },
        { id: 'langchain', parent: 'chain', usage: plain },
        { id: 'openai', parent: 'langchain', usage: plain },
      ],
    })
    await settle()
    expect((await callsOf(trace)).map(({ span_id, status }) => [span_id, status])).toEqual([
      ['agent', 'nested'],
      ['langchain', 'nested'],
      ['openai', 'priced'],
    ])
    const { rows } = await ops.query('select * from token_difference where trace_id = $1', [trace])
    expect(rows).toEqual([])
  })

  it('takes the outer span where the inner one reports no tokens', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        { id: 'langchain', usage: plain },
        { id: 'openai', parent: 'langchain' },
      ],
    })
    await settle()
    expect((await callsOf(trace)).map(({ status }) => status)).toEqual(['priced', 'nested'])
  })

  it('replaces the outer span when the inner one arrives later', async () => {
    const first = { experiment, at, spans: [{ id: 'outer', usage: plain }] }
    const trace = await storeTrace(mlflow, first)
    await settle()
    await storeSpans(mlflow, trace, {
      experiment,
      at,
      spans: [{ id: 'inner', parent: 'outer', usage: plain }],
    })
    await settle()
    expect((await callsOf(trace)).map(({ status }) => status)).toEqual(['priced', 'nested'])
    await expectSumsToAgree()
  })

  it('charges a chat and the embedding inside it: they are two calls', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        { id: 'chat', model: 'gpt-4o', usage: { input_tokens: 100_000, output_tokens: 10_000 } },
        {
          id: 'embedding',
          parent: 'chat',
          type: 'EMBEDDING',
          model: 'text-embedding-3-small',
          usage: { input_tokens: 10, output_tokens: 0 },
        },
      ],
    })
    await settle()
    expect((await callsOf(trace)).map(({ cost }) => cost)).toEqual(['350000000', '200'])
  })

  it('charges a chat inside a chat with another model and other tokens, but not another view of the same', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        { id: 'a', model: 'gpt-4o', usage: { input_tokens: 500, output_tokens: 5 } },
        { id: 'b', parent: 'a', model: 'gpt-4o-mini', usage: plain },
        { id: 'c', model: 'our-deployment', usage: plain },
        { id: 'd', parent: 'c', model: 'gpt-4o-mini', usage: plain },
        { id: 'e', model: 'gpt-4o-mini', usage: plain },
        {
          id: 'f',
          parent: 'e',
          model: 'gpt-4o-mini-2024-07-18',
          usage: { ...plain, output_tokens: 7 },
        },
      ],
    })
    await settle()
    expect((await callsOf(trace)).map(({ span_id, status }) => `${span_id} ${status}`)).toEqual([
      'a priced',
      'b priced',
      'c nested',
      'd priced',
      'e nested',
      'f priced',
    ])
  })

  it('is not stopped by clocks that are wrong by years', async () => {
    const years = 365 * 86_400
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        { usage: plain },
        { usage: plain, after: 170 * years },
        { usage: plain, after: -56 * years },
      ],
    })
    await settle()
    expect(await callsOf(trace)).toHaveLength(1)
    const { rows } = await ops.query(
      `select count(*)::int as months from pg_inherits where inhparent = 'ops.llm_call'::regclass`,
    )
    expect(rows[0].months).toBeLessThan(20)
    expect((await settle()).changed).toBe(0)
  })

  it('is not stopped by an absurd cost that a client wrote', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        { usage: plain, mlflowCost: 1e300 },
        { usage: plain, mlflowCost: -1 },
      ],
    })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ cost: '210000' }, { cost: '210000' }])
  })

  it('survives spans that are each other’s parents', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        { id: 'a', parent: 'b', usage: plain },
        { id: 'b', parent: 'a', usage: plain },
      ],
    })
    await settle()
    expect(await callsOf(trace)).toHaveLength(2)
  })

  it('holds several calls of several models in one trace', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        { id: 'root', type: 'CHAIN', model: null },
        { parent: 'root', usage: plain },
        { parent: 'root', usage: plain, model: 'gpt-4o' },
        {
          parent: 'root',
          type: 'EMBEDDING',
          model: 'text-embedding-3-small',
          usage: { input_tokens: 8, output_tokens: 0 },
        },
        { parent: 'root', type: 'RETRIEVER', model: null },
      ],
    })
    await settle()
    const calls = await callsOf(trace)
    expect(calls).toHaveLength(3)
    expect(new Set(calls.map(({ model }) => model))).toEqual(
      new Set(['gpt-4o', 'gpt-4o-mini', 'text-embedding-3-small']),
    )
  })

  it('reads the usage that OpenAI answered where an embedding has no token usage of MLflow', async () => {
    const outputs = { object: 'list', data: [], usage: { prompt_tokens: 21, total_tokens: 21 } }
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [
        {
          type: 'EMBEDDING',
          model: 'text-embedding-3-small',
          provider: null,
          content: JSON.stringify({
            attributes: { 'mlflow.spanOutputs': JSON.stringify(outputs) },
          }),
        },
        {
          id: 'text',
          content: JSON.stringify({ attributes: { 'mlflow.spanOutputs': '"usage"' } }),
        },
      ],
    })
    await settle()
    expect(await callsOf(trace)).toMatchObject([
      { status: 'priced', provider: 'openai', input_tokens: 21, output_tokens: 0, cost: '420' },
      { status: 'unpriced', reason: 'no token usage' },
    ])
  })

  it('adds cached tokens where the client did not count them as input', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [{ usage: { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 1 } }],
    })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ input_tokens: 100, cached_input_tokens: 90 }])
  })

  it('reports a trace whose own total differs from its calls, until it no longer does', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      totalTokens: 5_000,
      spans: [{ usage: plain }],
    })
    await settle()
    const difference = () =>
      ops.query(
        'select trace_tokens::int, call_tokens::int from token_difference where trace_id = $1',
        [trace],
      )
    expect((await difference()).rows).toEqual([{ trace_tokens: 5_000, call_tokens: 1_100 }])
    await storeSpans(mlflow, trace, {
      experiment,
      at,
      spans: [{ usage: { input_tokens: 3_900, output_tokens: 0 } }],
    })
    await settle()
    expect((await difference()).rows).toEqual([])
  })
})

describe('running again changes nothing', () => {
  it('changes no row when it runs twice', async () => {
    await settle()
    const again = await settle()
    expect(again).toMatchObject({ changed: 0, finished: true })
    await expectSumsToAgree()
  })

  it('comes to the same result in chunks of one call', async () => {
    const traces = []
    for (let index = 0; index < 5; index += 1) {
      traces.push(
        await storeTrace(mlflow, {
          experiment,
          at,
          spans: [{ usage: plain }, { usage: plain, after: index }],
        }),
      )
    }
    const result = await settle({ callLimit: 1 })
    expect(result.chunks).toBeGreaterThan(5)
    for (const trace of traces) expect(await callsOf(trace)).toHaveLength(2)
    expect((await settle()).changed).toBe(0)
    await expectSumsToAgree()
  })

  it('counts nothing twice when two runs work at once', async () => {
    for (let index = 0; index < 10; index += 1) {
      await storeTrace(mlflow, { experiment, at, spans: [{ usage: plain }] })
    }
    await Promise.all([settle({ callLimit: 3 }), settle({ callLimit: 3 }), settle()])
    await settle()
    await expectSumsToAgree()
  })

  it('stops when time is up, and the next run finishes', async () => {
    const trace = await storeTrace(mlflow, { experiment, at, spans: [{ usage: plain }] })
    const stopped = await aggregateCosts(database, await listTracedExperiments(database), {
      workloads,
      overrides: priceOverrides,
      timeZone: 'Asia/Seoul',
      latenessHours: 24,
      oldestKept: new Date('2025-10-01T00:00:00Z'),
      now,
      mayContinue: () => false,
    })
    expect(stopped).toMatchObject({ finished: false, calls: 0 })
    expect((await settle()).finished).toBe(true)
    expect(await callsOf(trace)).toHaveLength(1)
  })
})

describe('what comes after pricing', () => {
  it('takes up tags that were set or changed later, within the window', async () => {
    const trace = await storeTrace(mlflow, { experiment, at, spans: [{ usage: plain }] })
    await settle()
    await tagTrace(mlflow, trace, { 'ops.unit.type': 'claim', 'ops.unit.id': 'C-late' })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ unit_id: 'C-late' }])
    await tagTrace(mlflow, trace, { 'ops.unit.id': 'C-moved' })
    await settle()
    const { rows } = await ops.query(
      `select unit_id, calls::int from unit_cost where unit_id in ('C-late', 'C-moved')`,
    )
    expect(rows).toEqual([{ unit_id: 'C-moved', calls: 1 }])
    await expectSumsToAgree()
  })

  it('takes up another name of the workload and another time zone, a limited number of calls at a time', async () => {
    const renamed = await makeExperiment(mlflow, 'renamed')
    const traces = []
    for (let index = 0; index < 7; index += 1) {
      traces.push(
        await storeTrace(mlflow, {
          experiment: renamed,
          at: new Date(`2026-11-23T16:00:0${index}Z`),
          spans: [{ usage: plain }],
        }),
      )
    }
    await settle()
    expect(await callsOf(traces[0] ?? '')).toMatchObject([
      { workload: 'unassigned', day: '2026-11-24' },
    ])
    const owner = { name: 'renamed', experiment: 'renamed', description: '', units: [] }
    const chunked = await settle({
      workloads: [...workloads, owner],
      timeZone: 'UTC',
      callLimit: 3,
    })
    expect(chunked).toMatchObject({ finished: true })
    for (const trace of traces) {
      expect(await callsOf(trace)).toMatchObject([{ workload: 'renamed', day: '2026-11-23' }])
    }
    await settle()
    await expectSumsToAgree()
  })

  it('names the prompt that MLflow linked where no tag does', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [{ usage: plain }],
      tags: { 'mlflow.linkedPrompts': '[{"name": "insurance_qa", "version": "3"}]' },
    })
    const broken = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [{ usage: plain }],
      tags: { 'mlflow.linkedPrompts': '[{"name"' },
    })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ prompt_version: 'insurance_qa/3' }])
    expect(await callsOf(broken)).toMatchObject([{ prompt_version: '' }])
  })

  it('keeps the bill of a trace that was deleted', async () => {
    const trace = await storeTrace(mlflow, {
      experiment,
      at,
      spans: [{ usage: plain }],
      tags: { 'ops.unit.type': 'claim', 'ops.unit.id': 'C-deleted' },
    })
    await settle()
    await mlflow.query('delete from trace_info where request_id = $1', [trace])
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ unit_id: 'C-deleted', status: 'priced' }])
  })

  it('picks up a span that arrives late within the window, and counts a later one as late', async () => {
    const late = await makeExperiment(mlflow, 'late')
    await storeTrace(mlflow, { experiment: late, at, spans: [{ usage: plain }] })
    await settle()
    const within = await storeTrace(mlflow, {
      experiment: late,
      at: new Date('2026-11-23T06:00:00Z'),
      spans: [{ usage: plain }],
    })
    const beyond = await storeTrace(mlflow, {
      experiment: late,
      at: new Date('2026-11-22T06:00:00Z'),
      spans: [{ usage: plain }],
    })
    await settle()
    expect(await callsOf(within)).toHaveLength(1)
    expect(await callsOf(beyond)).toHaveLength(0)
    const { rows } = await ops.query(
      `select count_late_calls($1, 'unassigned', 'Asia/Seoul', 0::bigint, $2::bigint)::int as calls`,
      [late, String(BigInt(new Date('2026-11-23T03:00:00Z').getTime()) * 1_000_000n)],
    )
    expect(rows).toEqual([{ calls: 1 }])
    await settle({ from: new Date('2026-11-22T00:00:00Z') })
    expect(await callsOf(beyond)).toHaveLength(1)
  })

  it('never settles again what was dropped, even by hand: it is in the sums', async () => {
    const expired = await makeExperiment(mlflow, 'expired')
    const trace = await storeTrace(mlflow, {
      experiment: expired,
      at: new Date('2025-09-30T23:00:00Z'),
      spans: [{ usage: plain }],
    })
    await settle({ from: new Date('2025-09-01T00:00:00Z') })
    expect(await callsOf(trace)).toEqual([])
    // Also when more is kept from now on.
    await settle({
      from: new Date('2025-09-01T00:00:00Z'),
      oldestKept: new Date('2025-01-01T00:00:00Z'),
    })
    expect(await callsOf(trace)).toEqual([])
  })

  it('does not settle the dropped part of a trace that reaches into what is kept', async () => {
    const straddling = await makeExperiment(mlflow, 'straddling')
    const trace = await storeTrace(mlflow, {
      experiment: straddling,
      at: new Date('2026-04-30T23:59:59Z'),
      spans: [{ usage: plain }, { usage: plain, after: 2 }],
    })
    const may = new Date('2026-05-01T00:00:00Z')
    await settle({ from: may, oldestKept: may })
    expect(await callsOf(trace)).toHaveLength(1)
  })

  it('counts what experiments without a workload cost', async () => {
    const other = await makeExperiment(mlflow, 'somebody’s notebook')
    const trace = await storeTrace(mlflow, { experiment: other, at, spans: [{ usage: plain }] })
    await settle()
    expect(await callsOf(trace)).toMatchObject([{ workload: 'unassigned', status: 'priced' }])
  })
})
