import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { JudgeCall } from '../../lambdas/evaluation/judges/judge-call.ts'
import { Judgements } from '../../lambdas/evaluation/judges/judgements.ts'
import {
  judgementsIn,
  type JudgementStore,
  largestAnswer,
  sizeOfAnswer,
} from '../../lambdas/evaluation/judges/judgement-store.ts'
import { connectDatabase, type Statements } from '../../lambdas/platform/data-api.ts'
import { useDataApi } from './setup.ts'
import { connectAs } from './spans.ts'

let ops: pg.Client
let database: Statements
/** Statements that went to the Data API. */
let statements: number

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  ops = await connectAs('ops')
  const real = connectDatabase('OPS_SECRET_ARN', 10_000)
  database = {
    query: async (sql, parameters) => {
      statements += 1
      return real.query(sql, parameters)
    },
  }
})

beforeEach(async () => {
  statements = 0
  await ops.query('delete from ops.judgement')
  await ops.query('delete from ops.judge_call')
})

afterAll(async () => ops.end())

const storeOf = (id: string, evaluationId = 'ev-1'): JudgementStore =>
  judgementsIn(database, { id, judge: 'bedrock', evaluationId })
const question = (key: string) => ({ key, promptVersion: 'claims:1', model: 'm' })
const nothing = { answers: [], calls: [], released: [] }
const states = (claims: readonly { readonly state: string }[]) => claims.map(({ state }) => state)

function call(more: Partial<JudgeCall> = {}): JudgeCall {
  return {
    callId: randomUUID().replaceAll('-', '').padEnd(48, '0'),
    judgementKey: 'k',
    operation: 'chat',
    promptVersion: 'claims:1',
    provider: '',
    model: 'gpt-4o-mini',
    usage: {
      inputTokens: 1_000,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 100,
      reasoningTokens: 0,
    },
    askedAt: Date.parse('2026-11-24T01:02:03.456Z'),
    milliseconds: 700,
    fault: '',
    ...more,
  }
}

describe('a question', () => {
  it('is claimed by the first who asks, and answered for all others', async () => {
    const [one, other] = [storeOf('a'), storeOf('b', 'ev-2')]
    expect(states(await one.claim([question('k')], 60))).toEqual(['claimed'])
    expect(states(await other.claim([question('k'), question('l')], 60))).toEqual([
      'taken',
      'claimed',
    ])
    const answer = { sentences: [{ number: 1, claims: ['보험금 "\\'] }] }
    await one.keep({ ...nothing, answers: [{ question: question('k'), answer }] })
    expect(await other.claim([question('k')], 60)).toEqual([{ state: 'answered', answer }])
    const { rows } = await ops.query(`select * from ops.judgement where judgement_key = 'k'`)
    expect(rows).toMatchObject([
      {
        judge: 'bedrock',
        model: 'm',
        prompt_version: 'claims:1',
        evaluation_id: 'ev-1',
        claimed_by: 'a',
      },
    ])
  })

  it('whose claimant died is taken over when the claim ends, and not before', async () => {
    await storeOf('dead').claim([question('k')], 0.3)
    expect(states(await storeOf('b').claim([question('k')], 60))).toEqual(['taken'])
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(states(await storeOf('b', 'ev-2').claim([question('k')], 60))).toEqual(['claimed'])
    const { rows } = await ops.query('select claimed_by, evaluation_id from ops.judgement')
    expect(rows).toEqual([{ claimed_by: 'b', evaluation_id: 'ev-2' }])
  })

  it('is held as long as its claimant renews the claim', async () => {
    const one = storeOf('a')
    await one.claim([question('k')], 0.3)
    await one.renew(60)
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(states(await storeOf('b').claim([question('k')], 60))).toEqual(['taken'])
  })

  it('is claimed once, however many ask for it at the same moment', async () => {
    const keys = Array.from({ length: 50 }, (_, index) => question(`k${index}`))
    const claims = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (id) => {
        const order = id === 'a' ? keys : keys.toReversed()
        return storeOf(id).claim(order, 60)
      }),
    )
    const claimed = claims.flat().filter(({ state }) => state === 'claimed')
    expect(claimed).toHaveLength(50)
  })

  it('that found no answer is free again, and an answer is never given up', async () => {
    const [one, other] = [storeOf('a'), storeOf('b')]
    await one.claim([question('k')], 60)
    await other.keep({ ...nothing, released: ['k'] })
    expect(states(await other.claim([question('k')], 60)), 'not by others').toEqual(['taken'])
    await one.keep({ ...nothing, released: ['k'] })
    expect(states(await other.claim([question('k')], 60))).toEqual(['claimed'])
    await other.keep({ ...nothing, answers: [{ question: question('k'), answer: 1 }] })
    await other.keep({ ...nothing, released: ['k'] })
    expect(states(await one.claim([question('k')], 60))).toEqual(['answered'])
  })

  it('keeps its first answer when a claimant that was overtaken comes back', async () => {
    const [late, overtaking] = [storeOf('late'), storeOf('overtaking')]
    await late.claim([question('k')], 0)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await overtaking.claim([question('k')], 60)
    await overtaking.keep({ ...nothing, answers: [{ question: question('k'), answer: 'first' }] })
    await late.keep({ ...nothing, answers: [{ question: question('k'), answer: 'second' }] })
    expect(await late.claim([question('k')], 60)).toEqual([{ state: 'answered', answer: 'first' }])
  })
})

it('a call is recorded once, however often it is kept, with its moment to the millisecond', async () => {
  const one = call({ fault: 'It is no JSON.' })
  const unknown = call({
    usage: { ...one.usage, inputTokens: null, outputTokens: null, cachedInputTokens: 7 },
  })
  for (const _ of [1, 2]) await storeOf('a').keep({ ...nothing, calls: [one, unknown] })
  const { rows } = await ops.query(
    `select *, (extract(epoch from asked_at) * 1000)::bigint as ms from ops.judge_call order by input_tokens`,
  )
  expect(rows).toMatchObject([
    {
      evaluation_id: 'ev-1',
      fault: 'It is no JSON.',
      input_tokens: '1000',
      ms: String(one.askedAt),
      milliseconds: 700,
    },
    { input_tokens: null, output_tokens: null, cached_input_tokens: '7' },
  ])
})

describe("the Data API's limits", () => {
  it('more answers than one response may hold come in several', async () => {
    const store = storeOf('a')
    const keys = Array.from({ length: 40 }, (_, index) => question(`k${index}`))
    const text = `"${'가'.repeat(8_000)}"`
    for (const each of keys) {
      await store.keep({ ...nothing, answers: [{ question: each, answer: text + each.key }] })
    }
    const first = await store.claim(keys, 60)
    expect(new Set(states(first))).toEqual(new Set(['answered', 'later']))
    const judgements = new Judgements(store, {
      clock: () => 0,
      sleep: async () => undefined,
      random: () => 0,
    })
    const all = await Promise.all(
      keys.map(async (each) =>
        judgements.obtain(each, async () => ({ failure: 'it was asked again' })),
      ),
    )
    expect(all).toEqual(keys.map(({ key }) => ({ answer: text + key })))
  })

  it('the largest answer that is kept can be read', async () => {
    const store = storeOf('a')
    const answer = { text: '가'.repeat(Math.floor((largestAnswer - 20) / 3)) }
    expect(sizeOfAnswer(answer)).toBeLessThanOrEqual(largestAnswer)
    await store.keep({ ...nothing, answers: [{ question: question('k'), answer }] })
    expect(await store.claim([question('k')], 60)).toEqual([{ state: 'answered', answer }])
  })

  it('the size of an answer is never less than what Postgres prints', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (answer) => {
        const text = JSON.stringify(answer)
        // What a model answers is cleaned of these before it is kept.
        fc.pre(text.isWellFormed() && !/\\u0000|\\ud[89a-f]/iu.test(text))
        // JSON of Postgres writes out large numbers.
        fc.pre(!/\de[+-]?\d/iu.test(text))
        const { rows } = await ops.query('select octet_length($1::jsonb::text) as size', [text])
        expect(sizeOfAnswer(answer)).toBeGreaterThanOrEqual(rows[0].size)
      }),
      { numRuns: 200 },
    )
  })
})

describe('two evaluations that ask the same', () => {
  const pacing = {
    clock: () => performance.now(),
    sleep: async (milliseconds: number) =>
      new Promise<void>((resolve) => setTimeout(resolve, milliseconds)),
    random: () => 0,
  }
  const times = { lease: 1, poll: 50, patience: 10_000 }
  const keys = Array.from({ length: 30 }, (_, index) => `k${index}`)

  it('pay each answer once, with few statements', async () => {
    const asked: string[] = []
    const evaluate = async (id: string) => {
      const judgements = new Judgements(storeOf(id, id), pacing, times)
      const answers = await Promise.all(
        keys.map(async (key) =>
          judgements.obtain(question(key), async () => {
            asked.push(key)
            await pacing.sleep(20)
            return { answer: key }
          }),
        ),
      )
      await judgements.flush()
      return answers
    }
    const [one, other] = await Promise.all([evaluate('a'), evaluate('b')])
    expect(asked.toSorted()).toEqual(keys.toSorted())
    expect(one).toEqual(other)
    expect(statements).toBeLessThan(20)
  })

  it('and one that dies in the middle leaves only what it had not answered', async () => {
    const asked: string[] = []
    const dying = new Judgements(storeOf('dying', 'dying'), pacing, times)
    await dying.obtain(question('answered'), async () => ({ answer: 1 }))
    await dying.flush()
    // Claimed by one who then neither answers nor renews.
    await storeOf('dead', 'dead').claim([question('left')], 0.5)
    const judgements = new Judgements(storeOf('b', 'b'), pacing, times)
    await Promise.all(
      ['answered', 'left'].map(async (key) =>
        judgements.obtain(question(key), async () => {
          asked.push(key)
          return { answer: 2 }
        }),
      ),
    )
    expect(asked).toEqual(['left'])
  })
})
