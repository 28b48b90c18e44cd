import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { environments } from '../../config/environments.ts'
import { priceOverrides } from '../../config/prices.ts'
import { workloads } from '../../config/workloads.ts'
import { aggregateCosts, listTracedExperiments } from '../../lambdas/costs/aggregate.ts'
import { costRoutes } from '../../lambdas/costs/routes.ts'
import {
  costsResponse,
  coverageResponse,
  unitResponse,
  unitsResponse,
} from '../../lambdas/costs/schema.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { httpHandler } from '../../lambdas/platform/http.ts'
import { callHandler } from '../platform/call.ts'
import { useDataApi } from './setup.ts'
import { connectAs, makeExperiment, storeTrace } from './spans.ts'

let mlflow: pg.Client
let ops: pg.Client
let handler: ReturnType<typeof httpHandler>
let database: Database
const now = new Date('2026-01-20T03:00:00Z')

const call = async (
  method: string,
  pathAndQuery: string,
  body?: unknown,
  headers?: Record<string, string>,
) => callHandler(handler, method, pathAndQuery, body, headers)

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  database = connectDatabase('OPS_SECRET_ARN', 10_000)
  mlflow = await connectAs('mlflow')
  ops = await connectAs('ops')
  handler = httpHandler(
    'test',
    costRoutes({ database, config: environments.local, workloads, now: () => now }),
  )
  const experiment = await makeExperiment(mlflow, 'flyer-scanner')
  // Ten flyers of 1 to 10 calls, each of 0.00021 USD, and an unpriced call.
  for (let flyer = 1; flyer <= 10; flyer += 1) {
    await storeTrace(mlflow, {
      experiment,
      at: new Date(`2026-01-1${flyer % 10}T05:00:00Z`),
      spans: Array.from({ length: flyer }, () => ({
        usage: { input_tokens: 1_000, output_tokens: 100 },
        mlflowCost: 0.00021,
      })),
      tags: { 'ops.unit.type': 'flyer', 'ops.unit.id': `store/${flyer}`, 'ops.country': 'KR' },
    })
  }
  await storeTrace(mlflow, {
    experiment,
    at: new Date('2026-01-15T05:00:00Z'),
    spans: [{ usage: { input_tokens: 1, output_tokens: 1 }, model: 'our-own-model' }],
    tags: { 'ops.unit.type': 'flyer', 'ops.unit.id': 'store/11' },
  })
  await aggregateCosts(database, await listTracedExperiments(database), {
    workloads,
    overrides: priceOverrides,
    timeZone: 'Asia/Seoul',
    latenessHours: 24,
    oldestKept: new Date('2025-01-01T00:00:00Z'),
    now,
    mayContinue: () => true,
  })
})

afterAll(async () => {
  await mlflow.end()
  await ops.end()
})

const january = 'from=2026-01-01&to=2026-02-01'

describe('GET /ops/costs', () => {
  it('adds up calls, tokens and nano-USD by the dimensions that were asked for', async () => {
    const { status, body } = await call(
      'GET',
      `/ops/costs?${january}&workload=flyer-scanner&groupBy=model`,
    )
    expect(status).toBe(200)
    costsResponse.parse(body)
    expect(body.rows).toMatchObject([
      {
        model: 'gpt-4o-mini',
        calls: 55,
        pricedCalls: 55,
        inputTokens: 55_000,
        costNanoUsd: 55 * 210_000,
      },
      { model: 'our-own-model', calls: 1, unpricedCalls: 1, costNanoUsd: 0 },
    ])
    expect(body.total).toMatchObject({
      calls: 56,
      costNanoUsd: 55 * 210_000,
      mlflow: { comparedCalls: 55, costNanoUsd: 55 * 210_000, differingCalls: 0 },
    })
    expect(body.notes.unpriced).toEqual([
      { provider: 'openai', model: 'our-own-model', reason: 'no price', calls: 1 },
    ])
  })

  it('takes a period as half-open', async () => {
    const { body } = await call(
      'GET',
      '/ops/costs?from=2026-01-12&to=2026-01-13&workload=flyer-scanner&groupBy=day',
    )
    expect(body.rows).toMatchObject([{ day: '2026-01-12', calls: 2 }])
  })

  it('answers in pages', async () => {
    const first = await call(
      'GET',
      `/ops/costs?${january}&workload=flyer-scanner&groupBy=day&limit=3`,
    )
    expect(first.body).toMatchObject({ truncated: true })
    const last = await call(
      'GET',
      `/ops/costs?${january}&workload=flyer-scanner&groupBy=day&limit=3&offset=9`,
    )
    expect(last.body.truncated).toBe(false)
    expect(last.body.rows).toHaveLength(1)
  })

  it('covers the last 30 days where nothing is asked for', async () => {
    const { body } = await call('GET', '/ops/costs')
    expect(body.period).toEqual({ from: '2025-12-22', to: '2026-01-21', timeZone: 'Asia/Seoul' })
  })

  it.each([
    ['workload=unknown', 'workload'],
    ['groupBy=day,colour', 'groupBy.1'],
    ['groupBy=day,day', 'groupBy'],
    ['groupBy=', 'groupBy.0'],
    ['from=2026-02-30', 'from'],
    ["from=2026-01-01';drop table ops.llm_call--", 'from'],
    ['from=2026-02-01&to=2026-01-01', 'from'],
    ['from=2026-01-01&to=2026-01-01', 'from'],
    ['from=2020-01-01&to=2026-01-01', 'from'],
    ['limit=0', 'limit'],
    ['limit=', 'limit'],
    ['offset=', 'offset'],
    ['offset=-1', 'offset'],
    ['limit=many', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e9', 'limit'],
    ['form=2026-01-01', 'request'],
    ['from=2026-01-01&from=2026-01-02', 'from'],
  ])('refuses ?%s with what is wrong', async (query, field) => {
    const { status, type, body } = await call('GET', `/ops/costs?${query}`)
    expect([status, type]).toEqual([400, 'application/problem+json'])
    expect(body.violations.map((violation: { field: string }) => violation.field)).toContain(field)
    expect(body.detail).not.toMatch(/sql|select|stack/i)
  })
})

describe('GET /ops/costs/units', () => {
  it('gives the distribution of whole costs, the verdicts and the most expensive', async () => {
    const { body } = await call('GET', `/ops/costs/units?workload=flyer-scanner&${january}&limit=2`)
    unitsResponse.parse(body)
    // PostgreSQL's percentile_disc over 0, 1 … 10 times 210,000.
    expect(body).toMatchObject({
      unitType: 'flyer',
      units: 11,
      unitsWithUnpricedCalls: 1,
      p50NanoUsd: 5 * 210_000,
      p95NanoUsd: 10 * 210_000,
      maxNanoUsd: 10 * 210_000,
      goals: [
        { metric: 'unit_cost_p95', target: 0.05, value: 0.0021, samples: 11, verdict: 'met' },
      ],
      mostExpensive: [
        { id: 'store/10', calls: 10, costNanoUsd: 2_100_000 },
        { id: 'store/9', calls: 9 },
      ],
    })
  })

  it('is unproven where there are too few units', async () => {
    const { body } = await call(
      'GET',
      '/ops/costs/units?workload=flyer-scanner&from=2026-01-12&to=2026-01-13',
    )
    expect(body.goals).toMatchObject([{ samples: 1, verdict: 'unproven' }])
  })

  it('needs a unit type for calls that no workload owns', async () => {
    expect((await call('GET', '/ops/costs/units?workload=unassigned')).status).toBe(400)
    expect((await call('GET', '/ops/costs/units')).status).toBe(400)
  })
})

describe('GET /ops/costs/units/{type}/{id}', () => {
  it('shows the calls of a unit, whose id may hold slashes, with the price that each had', async () => {
    const { body } = await call('GET', '/ops/costs/units/flyer/store/2')
    unitResponse.parse(body)
    expect(body).toMatchObject({
      unitId: 'store/2',
      calls: 2,
      costNanoUsd: 420_000,
      expiredCalls: 0,
    })
    expect(body.rows[0]).toMatchObject({
      model: 'gpt-4o-mini',
      costNanoUsd: 210_000,
      price: { source: 'genai-prices', model: 'gpt-4o-mini', tierAboveInputTokens: 0 },
    })
  })

  it('needs an id', async () => {
    expect((await call('GET', '/ops/costs/units/flyer')).status).toBe(400)
  })

  it('answers 404 for a unit that no call names', async () => {
    const { status, body } = await call('GET', '/ops/costs/units/flyer/nowhere')
    expect(status).toBe(404)
    expect(body.detail).toContain('ops.unit.id')
  })
})

describe('POST /ops/llm-calls and GET /ops/coverage', () => {
  const report = (id: string, more: object = {}) => ({
    id,
    workload: 'flyer-scanner',
    model: 'gpt-4o-mini',
    at: '2026-01-15T12:00:00+09:00',
    calls: 5,
    ...more,
  })

  it('counts a report once, however often it comes', async () => {
    const first = await call('POST', '/ops/llm-calls', { reports: [report('a'), report('b')] })
    expect(first).toMatchObject({ status: 200, body: { accepted: 2, repeated: 0 } })
    const again = await call('POST', '/ops/llm-calls', {
      reports: [report('a'), report('c'), report('c')],
    })
    expect(again.body).toEqual({ accepted: 1, repeated: 2 })
    const { rows } = await ops.query(
      `select sum(calls)::int as calls from reported_calls where report_id in ('a', 'b', 'c')`,
    )
    expect(rows).toEqual([{ calls: 15 }])
  })

  it('refuses an id that stands for something else, and keeps nothing of the request', async () => {
    const answer = await call('POST', '/ops/llm-calls', {
      reports: [report('new'), report('a', { calls: 6 })],
    })
    expect(answer.status).toBe(409)
    expect(answer.body.detail).toContain('a')
    const { rows } = await ops.query(`select 1 from reported_calls where report_id = 'new'`)
    expect(rows).toEqual([])
  })

  it('measures coverage against what was reported, on the days with reports', async () => {
    const { body } = await call('GET', `/ops/coverage?${january}&workload=flyer-scanner`)
    coverageResponse.parse(body)
    // 6 calls were traced on the 15th, 15 reported; the other nine days have no report.
    expect(body.workloads).toMatchObject([
      {
        tracedCalls: 56,
        pricedCalls: 55,
        madeCalls: 15,
        daysWithoutReport: 9,
        trackingCoverage: { value: 6 / 15, samples: 15, verdict: 'unproven' },
        costVisibility: { value: 55 / 56, verdict: 'met' },
      },
    ])
  })

  it('lets no day make up for another: what is counted too high hides nothing', async () => {
    await ops.query(`insert into cost_rollup values
      ('2025-12-01', 'golden-routine', 'openai', 'gpt-4o', 'standard', '', '', '', '', 40, 40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`)
    await call('POST', '/ops/llm-calls', {
      reports: ['2025-12-01', '2025-12-02'].map((day) =>
        report(`g-${day}`, { workload: 'golden-routine', at: `${day}T12:00:00+09:00`, calls: 20 }),
      ),
    })
    const { body } = await call(
      'GET',
      '/ops/coverage?from=2025-12-01&to=2025-12-03&workload=golden-routine',
    )
    expect(body.workloads).toMatchObject([
      { trackingCoverage: { value: 20 / 40, verdict: 'missed' } },
    ])
  })

  it.each([
    '2026-01-16T00:00:00+23:59',
    '2026-01-16T00:00:00-16:00',
    '2026-01-16T00:00:00.123456789Z',
  ])('takes the moment %s', async (at) => {
    const answer = await call('POST', '/ops/llm-calls', { reports: [report(`at ${at}`, { at })] })
    expect(answer).toMatchObject({ status: 200, body: { accepted: 1 } })
  })

  it('is unproven where nobody reports', async () => {
    const { body } = await call('GET', '/ops/coverage?from=2026-01-12&to=2026-01-13')
    expect(body.workloads).toMatchObject([
      { madeCalls: null, trackingCoverage: { value: null, verdict: 'unproven' } },
    ])
  })

  it('uses a provider’s own records for the whole environment, and says when it did not answer', async () => {
    await ops.query(`insert into provider_day (source, day, answered, reason) values
      ('openai', '2026-01-15', true, ''), ('bedrock', '2026-01-15', false, 'The source did not answer: 500')`)
    await ops.query(
      `insert into provider_calls (source, day, model, calls) values ('openai', '2026-01-15', 'gpt-4o-mini-2024-07-18', 8)`,
    )
    const { body } = await call('GET', '/ops/coverage?from=2026-01-15&to=2026-01-16')
    expect(body.providers).toMatchObject([
      {
        source: 'bedrock',
        madeCalls: null,
        daysAnswered: 0,
        trackingCoverage: { value: null, verdict: null, reason: 'The source did not answer: 500' },
      },
      { source: 'openai', madeCalls: 8, tracedCalls: 6, trackingCoverage: { value: 6 / 8 } },
    ])
  })

  it.each([
    ['no reports', { reports: [] }],
    ['no list', { reports: {} }],
    ['a number as text', { reports: [report('x', { calls: '5' })] }],
    ['no calls', { reports: [report('x', { calls: 0 })] }],
    ['too many calls', { reports: [report('x', { calls: 1e12 })] }],
    [
      'an unknown workload',
      { reports: [report('x', { workload: "x'; drop table ops.llm_call;" })] },
    ],
    ['no moment', { reports: [report('x', { at: 'yesterday' })] }],
    ['a moment in the future', { reports: [report('x', { at: '2026-01-20T12:06:00+09:00' })] }],
    ['a moment without zone', { reports: [report('x', { at: '2026-01-15T12:00:00' })] }],
    ['a moment of another millennium', { reports: [report('x', { at: '0001-01-15T12:00:00Z' })] }],
    ['an unknown field', { reports: [report('x', { cost: 1 })] }],
    ['an empty id', { reports: [report('')] }],
    ['a NUL in an id', { reports: [report('a\u0000b')] }],
    ['half a surrogate pair in an id', { reports: [report('a\ud800')] }],
    [
      'too many reports',
      { reports: Array.from({ length: 1_001 }, (_, index) => report(`r${index}`)) },
    ],
  ])('refuses %s', async (_what, body) => {
    const answer = await call('POST', '/ops/llm-calls', body)
    expect([answer.status, answer.type]).toEqual([400, 'application/problem+json'])
  })

  it.each([
    ['malformed JSON', '{"reports": [', 400],
    ['nothing', '', 400],
    ['a body of 1 MB', JSON.stringify({ reports: 'x'.repeat(1_000_000) }), 413],
    ['another encoding', Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), 400],
  ])('refuses %s with a problem document', async (_what, body, status) => {
    const answer = await call('POST', '/ops/llm-calls', body)
    expect([answer.status, answer.type]).toEqual([status, 'application/problem+json'])
  })

  it('refuses a form', async () => {
    const answer = await call('POST', '/ops/llm-calls', 'a=b', {
      'content-type': 'application/x-www-form-urlencoded',
    })
    expect(answer.status).toBe(415)
  })
})

describe('every other path', () => {
  it.each([
    ['GET', '/ops/nothing'],
    ['DELETE', '/ops/costs'],
    ['GET', '/ops/costs/'],
    ['GET', '/ops/costs/units/flyer/'],
    ['GET', '/ops/llm-calls'],
  ])('%s %s is a 404 that says what there is', async (method, path) => {
    const { status, body } = await call(method, path)
    expect(status).toBe(404)
    expect(body.detail).toContain('GET /ops/costs')
  })
})
