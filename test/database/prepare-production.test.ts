import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { answeredByOutcomes } from '../../lambdas/evaluation/prepare/answered-by-outcomes.ts'
import { answeredByTraces } from '../../lambdas/evaluation/prepare/answered-by-traces.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { mlflowThat } from '../evaluation/prepare/recorded-answers.ts'
import { useDataApi } from './setup.ts'
import { connectAs, makeExperiment, storeTrace, tagTrace } from './spans.ts'

const workload = 'prepared-production'
const day = 86_400_000
const asked = Date.parse('2026-11-20T00:00:00Z')
const from = asked - 7 * day

let ops: pg.Client
let mlflow: pg.Client
let database: Database
let experiment: number
let experiments = 0

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  ops = await connectAs('ops')
  mlflow = await connectAs('mlflow')
  database = connectDatabase('OPS_SECRET_ARN', 10_000)
})

afterAll(async () => {
  await removeAll()
  await mlflow.query(
    `delete from trace_info where experiment_id in (select experiment_id from experiments where name like $1)`,
    [`${workload}%`],
  )
  await ops.end()
  await mlflow.end()
})

beforeEach(async () => {
  await removeAll()
  experiments += 1
  experiment = await makeExperiment(mlflow, `${workload}-${experiments}`)
  await ops.query(
    `insert into evaluation (evaluation_id, idempotency_key, workload, standing, subject_kind, subject_name,
       subject_version, request, status, requested_by, requested_at)
     values ('ev-p', 'ev-p', $1, true, 'application', '', '', '{}', 'running', 'schedule', $2)`,
    [workload, new Date(asked)],
  )
})

async function removeAll() {
  await ops.query(`delete from outcome where workload = $1`, [workload])
  await ops.query(`delete from evaluation where workload = $1`, [workload])
}

const trace = (at: number, tags: Record<string, string> = {}) =>
  storeTrace(mlflow, { experiment, at: new Date(at), spans: [], tags })

describe('traces of production', () => {
  const period = () => ({ experimentId: String(experiment), from, until: asked })
  const reading = mlflowThat((_, { trace_ids: ids }) => ({
    traces: (ids as string[]).map((id) => ({
      trace_info: { trace_id: id },
      spans: [
        { span_id: 'a', attributes: [{ key: 'mlflow.spanOutputs', value: { string_value: id } }] },
      ],
    })),
  }))
  const draw = async (seed: number, size: number) =>
    (await answeredByTraces(database, reading, { ...period(), seed, size })).map(({ id }) => id)

  it('are those of the period that succeeded and that no evaluation made', async () => {
    const wanted = [await trace(from), await trace(asked - 1)]
    await trace(from - 1)
    await trace(asked)
    await trace(from + day, { 'ops.evaluation.id': 'ev-1' })
    const failed = await trace(from + day)
    await mlflow.query(`update trace_info set status = 'ERROR' where request_id = $1`, [failed])
    const elsewhere = await makeExperiment(mlflow, `${workload}-elsewhere-${experiments}`)
    await storeTrace(mlflow, { experiment: elsewhere, at: new Date(from), spans: [] })
    expect((await draw(1, 100)).toSorted()).toEqual(wanted.toSorted())
  })

  it('are drawn by the seed: the same one draws the same, another one draws others', async () => {
    await mlflow.query(
      `insert into trace_info (request_id, experiment_id, timestamp_ms, status)
       select 'tr-' || $1::integer || '-' || n, $1::integer, $2::bigint + n, 'OK' from generate_series(1, 4500) n`,
      [experiment, from],
    )
    const first = await draw(1, 50)
    expect(first).toHaveLength(50)
    expect(await draw(1, 50)).toEqual(first)
    expect((await draw(2, 50)).filter((id) => first.includes(id)).length).toBeLessThan(10)
    expect((await draw(1, 60)).slice(0, 50), 'a larger sample holds the smaller one').toEqual(first)
    const all = await draw(1, 10_000)
    expect(new Set(all).size).toBe(4_500)
    expect(all.slice(0, 50)).toEqual(first)
  })
})

describe('units and their outcomes', () => {
  let outcomes = 0

  async function report(
    unitId: string,
    fields: {
      readonly at?: number
      readonly received?: number
      readonly unitType?: string
      readonly actual?: boolean
      readonly predicted?: boolean
      readonly straightThrough?: boolean
      readonly confidence?: number
      readonly workload?: string
    },
  ) {
    outcomes += 1
    await ops.query(
      `insert into outcome (outcome_id, workload, unit_type, unit_id, at, actual, predicted, straight_through, confidence,
         reported_by, received_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'tester', $10)`,
      [
        `prepare-${outcomes}`,
        fields.workload ?? workload,
        fields.unitType ?? 'claim',
        unitId,
        new Date(fields.at ?? from + day),
        fields.actual ?? null,
        fields.predicted ?? null,
        fields.straightThrough ?? null,
        fields.confidence ?? null,
        new Date(fields.received ?? asked - 1),
      ],
    )
  }

  const unit = (id: string, type = 'claim') => ({ 'ops.unit.type': type, 'ops.unit.id': id })
  const read = () =>
    answeredByOutcomes(database, {
      evaluationId: 'ev-p',
      workload,
      unitType: 'claim',
      experimentId: String(experiment),
      from,
      until: asked,
    })

  it('are rows with what was predicted, what really was, and no label where that is not known', async () => {
    await report('C-1', { actual: true, predicted: false, straightThrough: true, confidence: 0.75 })
    await report('C-2', { straightThrough: false })
    expect(await read()).toEqual([
      {
        id: 'claim/C-1',
        inputs: { unitType: 'claim', unitId: 'C-1' },
        outputs: { predicted: false, straightThrough: true, confidence: 0.75 },
        expectations: { actual: true },
        traceId: null,
        milliseconds: null,
        failure: null,
      },
      {
        id: 'claim/C-2',
        inputs: { unitType: 'claim', unitId: 'C-2' },
        outputs: { straightThrough: false },
        traceId: null,
        milliseconds: null,
        failure: null,
      },
    ])
  })

  it('count by their latest report, as a whole', async () => {
    await report('C-1', { at: from + 2 * day, actual: false })
    await report('C-1', { at: from + day, actual: true, predicted: true })
    expect(await read()).toMatchObject([{ outputs: {}, expectations: { actual: false } }])
  })

  it('are those of the period, reported before the evaluation was asked for', async () => {
    await report('early', { at: from - 1, actual: true })
    await report('first', { at: from, actual: true })
    await report('in time', { received: asked, actual: true })
    await report('late', { received: asked + 1, actual: true })
    await report('other', { workload: 'prepared-other', actual: true })
    const rows = await read()
    await ops.query(`delete from outcome where workload = 'prepared-other'`)
    expect(rows.map(({ id }) => id)).toEqual(['claim/first', 'claim/in time'])
  })

  it('are unknown where a trace of the period names the unit and nothing was ever reported', async () => {
    await report('C-1', { actual: true })
    await report('old', { at: from - day, actual: true })
    for (const id of ['C-1', 'C-2', 'C-2', 'old']) await trace(from + 1, unit(id))
    await trace(from + 1, { 'ops.unit.type': 'claim' })
    await trace(from + 1, unit('Q-1', 'query'))
    await trace(from + 1, { ...unit('judged'), 'ops.evaluation.id': 'ev-1' })
    await trace(from - 1, unit('before'))
    await trace(asked, unit('after'))
    expect(await read()).toMatchObject([
      { id: 'claim/C-1', failure: null },
      {
        id: 'claim/C-2',
        inputs: { unitType: 'claim', unitId: 'C-2', outcome: 'unknown' },
        outputs: {},
        failure: null,
      },
    ])
  })

  it('of another type count as unknown where outcomes of that type are reported', async () => {
    await report('Q-0', { unitType: 'query', actual: true })
    await trace(from, unit('Q-1', 'query'))
    await trace(from, unit('C-1'))
    expect((await read()).map(({ id }) => id)).toEqual(['query/Q-0', 'query/Q-1'])
  })

  it('are the workload’s main units where nothing was reported at all', async () => {
    await trace(from, unit('Q-1', 'query'))
    await trace(from, unit('C-1'))
    expect((await read()).map(({ id }) => id)).toEqual(['claim/C-1'])
  })

  it('are read over several pages', async () => {
    await ops.query(
      `insert into outcome (outcome_id, workload, unit_type, unit_id, at, actual, reported_by, received_at)
       select 'page-' || n, $1, 'claim', 'C-' || n, $2::timestamptz, true, 'tester', $2::timestamptz
       from generate_series(1, 2345) n`,
      [workload, new Date(from + day)],
    )
    await mlflow.query(
      `with traces as (
         insert into trace_info (request_id, experiment_id, timestamp_ms, status)
         select 'tr-' || $1::integer || '-' || n, $1::integer, $2::bigint + n / 10, 'OK' from generate_series(1, 3210) n
         returning request_id)
       insert into trace_tags (request_id, key, value)
       select request_id, 'ops.unit.type', 'claim' from traces
       union all select request_id, 'ops.unit.id', 'T-' || request_id from traces`,
      [experiment, from],
    )
    const rows = await read()
    expect(rows).toHaveLength(2345 + 3210)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
  })

  it('that are named only after the trace was made are found as well', async () => {
    const id = await trace(from)
    await tagTrace(mlflow, id, unit(' C-1 '))
    expect(await read()).toMatchObject([{ id: 'claim/C-1', inputs: { unitId: 'C-1' } }])
  })

  it('of which there are none are an error that says what to do', async () => {
    await expect(read()).rejects.toThrow('Report outcomes by POST /ops/outcomes.')
  })
})
