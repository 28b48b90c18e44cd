import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectAs, makeExperiment, storeTrace, type TestSpan } from './spans.ts'

let mlflow: pg.Client
let ops: pg.Client
let experiment: number
const at = new Date('2026-10-05T01:00:00Z')
const usage = { input_tokens: 1_000, output_tokens: 100 }

beforeAll(async () => {
  mlflow = await connectAs('mlflow')
  ops = await connectAs('ops')
  experiment = await makeExperiment(mlflow, 'conclude-costs')
})

afterAll(async () => {
  for (const table of ['spans', 'trace_info', 'experiments']) {
    await mlflow.query(`delete from ${table} where experiment_id = $1`, [experiment])
  }
  await mlflow.end()
  await ops.end()
})

/** Settles what the experiment holds at a price of 1 nano-USD a token, and forgets it all afterwards. */
async function afterSettling<Result>(read: () => Promise<Result>): Promise<Result> {
  await ops.query('begin')
  try {
    await ops.query(
      `insert into price (price_id, source, source_version, matched_provider, matched_model)
       values ('conclude', 'test', '1', 'openai', 'gpt-4o-mini')`,
    )
    await ops.query(
      `insert into price_tier values ('conclude', 0, 1000000, 1000000, 1000000, 1000000, 1000000)`,
    )
    await ops.query(
      `insert into price_resolution (provider, model, mode, utc_day, from_second, until_second, price_id)
       values ('openai', 'gpt-4o-mini', 'standard', '2026-10-05', 0, 86400, 'conclude')
       on conflict (provider, model, mode, utc_day, from_second) do update set price_id = 'conclude'`,
    )
    await ops.query(`select settle($1, 'graphrag', 'Asia/Seoul', $2, $3, 1000)`, [
      experiment,
      String(at.getTime() * 1_000_000 - 3_600_000_000_000),
      String(at.getTime() * 1_000_000 + 3_600_000_000_000),
    ])
    return await read()
  } finally {
    await ops.query('rollback')
  }
}

const store = (spans: readonly TestSpan[], when = at): Promise<string> =>
  storeTrace(mlflow, { experiment, at: when, spans })

async function costsOf(...traceIds: string[]) {
  const { rows } = await ops.query(
    `select trace_id, input_tokens::int, output_tokens::int, cost_nano::int from trace_costs($1)`,
    [traceIds],
  )
  return Object.fromEntries(
    rows.map((row) => [row.trace_id, [row.input_tokens, row.output_tokens, row.cost_nano]]),
  )
}

async function total(traceId: string, input: number, output: number): Promise<void> {
  await mlflow.query(
    `update trace_info set input_tokens = $2, output_tokens = $3 where request_id = $1`,
    [traceId, input, output],
  )
}

describe('what the calls of a trace took and cost', () => {
  it('is the sum of its calls, without other views of the same call', async () => {
    const two = await store([{ usage }, { usage, after: 1 }])
    const nested = await store([
      { id: 'chain', type: 'CHAIN', model: null, provider: null },
      { id: 'outer', parent: 'chain', type: 'CHAT_MODEL' },
      { id: 'inner', parent: 'outer', usage },
    ])
    expect(await afterSettling(() => costsOf(two, nested))).toEqual({
      [two]: [2_000, 200, 2_200],
      [nested]: [1_000, 100, 1_100],
    })
  })

  it('has no cost, but tokens, while one of its calls has no price', async () => {
    const trace = await store([{ usage }, { usage, model: 'nobody-knows', after: 1 }])
    expect(await afterSettling(() => costsOf(trace))).toEqual({ [trace]: [2_000, 200, null] })
  })

  it('has MLflow’s tokens where a call does not say its own', async () => {
    const trace = await store([{ usage }, { after: 1 }])
    await total(trace, 1_500, 150)
    expect(await afterSettling(() => costsOf(trace))).toEqual({ [trace]: [1_500, 150, null] })
  })

  it('has no cost until all of its calls are settled', async () => {
    const late = new Date(at.getTime() + 7_200_000)
    const unsettled = await store([{ usage }], late)
    await total(unsettled, 1_000, 100)
    const partly = await store([{ usage }, { usage, after: 3_700 + 86_400 }])
    expect(await afterSettling(() => costsOf(unsettled, partly))).toEqual({
      [unsettled]: [1_000, 100, null],
      [partly]: [null, null, null],
    })
  })

  it('has no cost where no call was traced: nobody knows whether there was one', async () => {
    const trace = await store([{ type: 'RETRIEVER', model: null, provider: null }])
    expect(await afterSettling(() => costsOf(trace, 'tr-unknown'))).toEqual({
      [trace]: [null, null, null],
    })
  })
})

describe('what a judge cost', () => {
  const judgement = (key: string, model: string) =>
    ops.query(
      `insert into judgement (judgement_key, claimed_by, claimed_until, answer, judge, model, prompt_version, evaluation_id)
       values ($1, 'x', now(), '{}', 'j', $2, '1', 'ev-judged')`,
      [key, model],
    )
  const read = async () => (await ops.query(`select * from judge_costs('ev-judged')`)).rows[0]

  it('is nothing where no model was asked', async () => {
    expect(await afterSettling(read)).toEqual({
      asked: '0',
      priced: '0',
      unpriced: '0',
      cost_nano: '0',
    })
  })

  it('is not known while the calls of its answers are not priced', async () => {
    const found = await afterSettling(async () => {
      await judgement('a', 'gpt-4o-mini')
      return read()
    })
    expect(found).toMatchObject({ asked: '1', priced: '0', cost_nano: null })
  })

  it('is the sum of its priced calls; those without a price are counted', async () => {
    const tags = { 'ops.unit.type': 'evaluation', 'ops.unit.id': 'ev-judged' }
    await storeTrace(mlflow, { experiment, at, spans: [{ usage }], tags })
    await storeTrace(mlflow, { experiment, at, spans: [{ usage, model: 'nobody-knows' }], tags })
    const found = await afterSettling(async () => {
      await judgement('a', 'gpt-4o-mini')
      return read()
    })
    expect(found).toEqual({ asked: '1', priced: '1', unpriced: '1', cost_nano: '1100' })
    await mlflow.query(
      `delete from trace_tags where request_id in (select request_id from trace_info where experiment_id = $1)`,
      [experiment],
    )
  })
})
