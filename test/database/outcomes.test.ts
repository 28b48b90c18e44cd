import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { evaluationRouteDefinitions as definitions } from '../../lambdas/evaluation/api/route-definitions.ts'
import type { Answer } from '../platform/call.ts'
import { fitting, useEvaluationApi } from './evaluation-api.ts'
import { connectAs, makeExperiment, storeTrace } from './spans.ts'

const api = useEvaluationApi()
let mlflow: pg.Client

beforeAll(async () => {
  mlflow = await connectAs('mlflow')
})

afterAll(async () => {
  const made = `(select experiment_id from experiments where name = 'fraud-detector')`
  const traces = `(select request_id from trace_info where experiment_id in ${made})`
  await mlflow.query(
    `delete from trace_tags where request_id in ${traces}; delete from trace_info where experiment_id in ${made};
     delete from experiments where name = 'fraud-detector'`,
  )
  await mlflow.end()
})

const outcome = (id: string, more: object = {}): object => ({
  id,
  workload: 'fraud-detector',
  unitId: `claim/${id}`,
  at: '2026-01-15T12:00:00+09:00',
  straightThrough: true,
  ...more,
})

const report = async (...outcomes: readonly object[]): Promise<Answer> =>
  api.call('POST', '/ops/outcomes', { outcomes })

const summary = async (query = 'from=2026-01-01&to=2026-02-01'): Promise<Answer> => {
  const answer = await api.call('GET', `/ops/outcomes?workload=fraud-detector&${query}`)
  if (answer.status === 200) fitting(definitions.outcomes.responseSchema, answer)
  return answer
}

describe('POST /ops/outcomes', () => {
  it('keeps a report once, however often it comes', async () => {
    const first = await report(outcome('a'), outcome('b'))
    fitting(definitions.reportOutcomes.responseSchema, first)
    expect(first).toMatchObject({ status: 200, body: { accepted: 2, repeated: 0 } })
    // The same moment, said in another way.
    const again = await report(
      outcome('a', { at: '2026-01-15T03:00:00.000Z' }),
      outcome('c'),
      outcome('c'),
    )
    expect(again.body).toEqual({ accepted: 1, repeated: 2 })
    const { rows } = await api.ops.query(
      `select outcome_id, unit_type, unit_id, reported_by, actual from outcome order by 1`,
    )
    expect(rows).toHaveLength(3)
    expect(rows[0]).toEqual({
      outcome_id: 'a',
      unit_type: 'claim',
      unit_id: 'claim/a',
      reported_by: 'arn:aws:iam::000000000000:user/tester',
      actual: null,
    })
  })

  it.each([
    ['another unit', { unitId: 'claim/x' }],
    ['another moment', { at: '2026-01-15T12:00:01+09:00' }],
    ['another outcome', { straightThrough: false }],
    ['one more fact', { actual: false }],
    ['another confidence', { confidence: 0.5 }],
  ])('refuses an id that stands for %s, and keeps nothing of the request', async (_what, more) => {
    await report(outcome('a'))
    const answer = await report(outcome('new'), outcome('a', more))
    expect([answer.status, answer.type]).toEqual([409, 'application/problem+json'])
    expect(answer.body.detail).toContain('other outcomes: a.')
    const { rows } = await api.ops.query(`select outcome_id as id from outcome`)
    expect(rows).toEqual([{ id: 'a' }])
  })

  it('refuses two different reports under one id in a request', async () => {
    expect((await report(outcome('a'), outcome('a', { straightThrough: false }))).status).toBe(409)
  })

  it.each([
    ['no outcomes', { outcomes: [] }],
    ['no list', { outcomes: {} }],
    ['nothing said', { outcomes: [outcome('x', { straightThrough: undefined })] }],
    ['a yes as text', { outcomes: [outcome('x', { actual: 'true' })] }],
    ['a confidence above 1', { outcomes: [outcome('x', { confidence: 1.01 })] }],
    ['an unknown workload', { outcomes: [outcome('x', { workload: 'nothing' })] }],
    ['a unit that the workload has not', { outcomes: [outcome('x', { unitType: 'flyer' })] }],
    ['no moment', { outcomes: [outcome('x', { at: 'yesterday' })] }],
    ['a moment in the future', { outcomes: [outcome('x', { at: '2026-01-20T12:06:00+09:00' })] }],
    ['an unknown field', { outcomes: [outcome('x', { cost: 1 })] }],
    ['an empty id', { outcomes: [outcome('')] }],
    ['NUL in a unit', { outcomes: [outcome('x', { unitId: 'a\u0000b' })] }],
    ['half a surrogate pair', { outcomes: [outcome('x\ud800')] }],
    ['too many', { outcomes: Array.from({ length: 1_001 }, (_, n) => outcome(`o${n}`)) }],
    ['malformed JSON', '{"outcomes": ['],
  ])('refuses %s with where and why', async (_what, body) => {
    const answer = await api.call('POST', '/ops/outcomes', body)
    expect([answer.status, answer.type]).toEqual([400, 'application/problem+json'])
  })

  it('names the outcome that is wrong', async () => {
    const { body } = await report(outcome('a'), outcome('b', { unitType: 'flyer' }))
    expect(body.violations).toEqual([
      { field: 'body.outcomes.1.unitType', message: 'must be a unit of fraud-detector: claim' },
    ])
  })
})

describe('GET /ops/outcomes', () => {
  it('gives rates with n and a Wilson interval', async () => {
    const decided = (id: string, predicted: boolean, actual: boolean): object =>
      outcome(id, { predicted, actual, straightThrough: !predicted })
    await report(
      ...['1', '2', '3'].map((id) => decided(`tp${id}`, true, true)),
      decided('fp', true, false),
      ...['1', '2'].map((id) => decided(`fn${id}`, false, true)),
      ...['1', '2', '3', '4'].map((id) => decided(`tn${id}`, false, false)),
      // Decided, and nothing known since.
      ...['1', '2'].map((id) =>
        outcome(`open${id}`, { straightThrough: undefined, predicted: true }),
      ),
    )
    const { body } = await summary()
    expect(body).toMatchObject({
      units: 12,
      unitType: 'claim',
      period: { from: '2026-01-01', to: '2026-02-01', timeZone: 'Asia/Seoul' },
      counts: { truePositives: 3, falsePositives: 1, falseNegatives: 2, trueNegatives: 4 },
      outcomeCoverage: { value: 10 / 12, samples: 12 },
      straightThroughProcessingRate: { value: 6 / 10, samples: 10 },
      precision: { value: 3 / 4, samples: 4 },
      recall: { value: 3 / 5, samples: 5 },
    })
    // scipy.stats.binomtest(6, 10).proportion_ci(method='wilson')
    expect(body.straightThroughProcessingRate.lower).toBeCloseTo(0.31267377, 6)
    expect(body.straightThroughProcessingRate.upper).toBeCloseTo(0.83181971, 6)
  })

  it('counts a unit once, by its latest report as a whole', async () => {
    await report(
      outcome('first', { unitId: 'u', at: '2026-01-15T00:00:00Z', actual: true, predicted: true }),
      outcome('last', { unitId: 'u', at: '2026-01-16T00:00:00Z', straightThrough: false }),
    )
    expect((await summary()).body).toMatchObject({
      units: 1,
      straightThroughProcessingRate: { value: 0, samples: 1 },
      precision: { value: null, samples: 0 },
    })
  })

  it('takes a period as half-open, by days of the environment', async () => {
    await report(
      outcome('before', { at: '2026-01-14T14:59:59Z' }),
      outcome('in', { at: '2026-01-14T15:00:00Z' }),
      outcome('after', { at: '2026-01-15T15:00:00Z' }),
    )
    expect((await summary('from=2026-01-15&to=2026-01-16')).body.units).toBe(1)
  })

  it('knows nothing of a period without reports', async () => {
    expect((await summary()).body).toMatchObject({
      units: 0,
      outcomeCoverage: { value: null, lower: null, upper: null, samples: 0 },
    })
  })

  it.each(['from=2026-02-01&to=2026-01-01', 'unitType=flyer', 'unit=claim', 'from=2020-01-01'])(
    'refuses ?%s',
    async (query) => {
      expect((await summary(query)).status).toBe(400)
    },
  )

  it('needs a workload', async () => {
    expect((await api.call('GET', '/ops/outcomes')).status).toBe(400)
  })
})

describe('units that production worked on', () => {
  it('count as unknown where nobody ever reported on them', async () => {
    const experiment = await makeExperiment(mlflow, 'fraud-detector')
    const worked = async (unit: string, tags: Record<string, string> = {}): Promise<string> =>
      storeTrace(mlflow, {
        experiment,
        at: new Date('2026-01-15T05:00:00Z'),
        spans: [],
        tags: { 'ops.unit.type': 'claim', 'ops.unit.id': unit, ...tags },
      })
    await report(outcome('a', { unitId: 'reported' }))
    // Reported on before the period.
    await report(outcome('b', { unitId: 'old', at: '2025-11-01T00:00:00Z' }))
    await worked('reported')
    await worked('old')
    await worked('forgotten')
    await worked('forgotten')
    await worked('benchmark', { 'ops.evaluation.id': 'ev-1' })
    await worked('flyer', { 'ops.unit.type': 'flyer' })
    expect((await summary()).body).toMatchObject({
      units: 2,
      unreportedUnits: 1,
      outcomeCoverage: { value: 1 / 2, samples: 2 },
      straightThroughProcessingRate: { samples: 1 },
    })
    expect((await summary('from=2026-01-16&to=2026-02-01')).body.unreportedUnits).toBe(0)
  })
})
