import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { environments } from '../../../config/environments.ts'
import { aiSdkModel } from '../../../lambdas/evaluation/judges/ai-sdk-model.ts'
import { openJudge } from '../../../lambdas/evaluation/judges/open-judge.ts'
import type { Pacing } from '../../../lambdas/evaluation/judges/patience.ts'
import { Ledger } from '../../../local/llm/ledger.ts'
import { createLlmServer } from '../../../local/llm/server.ts'
import { judgeOn, PlayedStore, quickPatience, row } from './playing.ts'

const contexts = [
  {
    id: '제12조',
    text: '제12조(보험금의 지급) 회사는 서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다.',
  },
  { id: '제13조', text: '회사는 고의로 생긴 손해를 보상하지 않습니다.' },
]
const answer =
  '서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다(제12조). 고의로 생긴 손해도 보상합니다(제13조).'
const metrics = [
  'faithfulness',
  'hallucination_rate',
  'citation_accuracy',
  'answer_relevancy',
  'context_precision',
  'rests_on_clauses',
]
const criteria = [
  { name: 'rests_on_clauses', language: 'ko', question: '조항에만 근거하는가?' },
] as const

/** Time as it is, but for the pauses between attempts. */
const time: Pacing = {
  clock: () => performance.now(),
  sleep: async (milliseconds) =>
    new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, 20))),
  random: () => 0,
}
const patience = { ...quickPatience, callLimit: 1_500, attempts: 3 }

let server: Server
let ledger: Ledger
let address: string

beforeEach(async () => {
  ledger = new Ledger()
  server = createLlmServer({ ledger, adminKey: 'sk-admin' })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
})

const model = () =>
  aiSdkModel(
    {
      provider: 'openai-compatible',
      baseUrl: `${address}/v1`,
      model: 'gpt-4o-mini',
      embeddingModel: 'text-embedding-3-small',
    },
    'sk-judge',
  )

const judge = (store = new PlayedStore(), claimant = 'a') =>
  judgeOn(model(), { criteria, store, time, patience, claimant, callsAtOnce: 3 })

async function order(next: readonly unknown[], target = 'judge'): Promise<void> {
  const response = await fetch(`${address}/_local/failures`, {
    method: 'PUT',
    body: JSON.stringify({ next, for: target }),
  })
  expect(response.status).toBe(200)
}

it('scores every judged metric over HTTP, with structured output', async () => {
  const { judge: opened } = judge()
  const scores = await opened.scoreRow(row(answer, contexts), metrics)
  expect(scores.map(({ name }) => name)).toEqual(metrics)
  expect(Object.fromEntries(scores.map(({ name, score }) => [name, score]))).toMatchObject({
    faithfulness: 0.5,
    hallucination_rate: 1,
    citation_accuracy: 0.5,
    context_precision: 1,
    rests_on_clauses: 0,
  })
  const relevancy = scores.find(({ name }) => name === 'answer_relevancy')?.score ?? 0
  expect(relevancy).toBeGreaterThan(0)
  expect(relevancy).toBeLessThan(1)
})

it('pays the same row once, and records each call with the tokens that the provider billed', async () => {
  const { judge: first, store } = judge()
  await first.scoreRow(row(answer, contexts), metrics)
  await first.flush()
  const billed = ledger.between(0)
  expect(billed).toHaveLength(5)
  const recorded = [...store.calls.values()]
  const tokens = (calls: readonly (readonly [number | null, number | null])[]) =>
    calls.map(([input, output]) => `${input}/${output}`).toSorted()
  expect(tokens(recorded.map(({ usage }) => [usage.inputTokens, usage.outputTokens]))).toEqual(
    tokens(billed.map((call) => [call.inputTokens, call.outputTokens])),
  )
  expect(new Set(recorded.map(({ promptVersion }) => promptVersion))).toEqual(
    new Set([
      'claims:1',
      'answer_relevancy:1',
      'similarity:1',
      'context_precision:1',
      'criterion:1',
    ]),
  )
  const again = judge(store, 'b')
  expect(await again.judge.scoreRow(row(answer, contexts), metrics)).toHaveLength(6)
  expect(ledger.between(0)).toHaveLength(5)
})

describe('the judge fails and recovers', () => {
  it.each([
    ['429', [429]],
    ['429 with Retry-After', [{ status: 429, retryAfterSeconds: 1 }]],
    ['500', [500, 503]],
    ['a call that hangs', ['hang']],
    ['a connection that breaks', ['close']],
    ['a page of a proxy', ['page']],
    ['garbage', ['garbage']],
    ['JSON of another shape', ['wrong-schema']],
  ])('%s', async (_what, next) => {
    await order(next)
    const { judge: opened } = judge()
    const [score] = await opened.scoreRow(row(answer, contexts), ['faithfulness'])
    expect(score).toMatchObject({ score: 0.5 })
  })

  it.each(['hang', 500, 'page', 'garbage', 'wrong-schema'])(
    '%s of the embedding model',
    async (failure) => {
      await order([failure], 'embeddings')
      const { judge: opened } = judge()
      const [score] = await opened.scoreRow(row(answer, contexts), ['answer_relevancy'])
      if (failure === 'wrong-schema') expect(score?.rationale).toContain('embeddings')
      else expect(score?.score).not.toBeNull()
    },
  )
})

describe('the judge does not recover: the row is unscored with the reason', () => {
  it.each([
    ['429', [429, 429, 429], 'It answered 429'],
    ['500', [500, 500, 500], 'It answered 500'],
    ['calls that hang', ['hang', 'hang', 'hang'], 'did not answer in time'],
    ['garbage twice', ['garbage', 'garbage'], 'no JSON'],
    ['another shape twice', ['wrong-schema', 'wrong-schema'], 'sentences'],
    ['a refusal', [401], 'It answered 401'],
    ['garbage, then away', ['garbage', 500, 500, 500], 'asking again failed'],
  ])('%s', async (_what, next, reason) => {
    await order(next)
    const { judge: opened, store } = judge()
    const [score] = await opened.scoreRow(row(answer, contexts), ['faithfulness'])
    expect(score).toMatchObject({ score: null, parts: { technical: true } })
    expect(score?.rationale).toContain(reason)
    await opened.flush()
    // What failed is asked again by the next evaluation, not remembered.
    expect([store.answers.size, store.claims.size]).toEqual([0, 0])
    const [retried] = await judge(store, 'b').judge.scoreRow(row(answer, contexts), [
      'faithfulness',
    ])
    expect(retried?.score).toBe(0.5)
  })

  it('a server that is not there', async () => {
    server.closeAllConnections()
    server.close()
    const { judge: opened } = judge()
    const [score] = await opened.scoreRow(row(answer, contexts), ['faithfulness'])
    expect(score?.rationale).toContain('Cannot connect')
  })
})

it('an answer that did not fit and the one that mended it are two calls to pay', async () => {
  await order(['garbage'])
  const { judge: opened, store } = judge()
  await opened.scoreRow(row(answer, contexts), ['faithfulness'])
  await opened.flush()
  const recorded = [...store.calls.values()]
  expect(recorded.map(({ fault }) => fault)).toEqual(['It is no JSON.', ''])
  expect(new Set(recorded.map(({ judgementKey }) => judgementKey)).size).toBe(1)
  expect(ledger.between(0)).toHaveLength(2)
})

describe('openJudge', () => {
  const surroundings = {
    criteria: [],
    database: { query: async () => [] },
    mlflow: {
      call: async () => {
        throw new Error('not asked')
      },
      send: async () => undefined,
    },
    evaluationId: 'ev-1',
    callsAtOnce: 1,
    secretText: async (name: string) => `key of ${name}`,
    now: () => new Date(),
  }

  it('opens the judge that needs no LLM without any configuration', async () => {
    expect((await openJudge('lexical-v1', surroundings)).identity.name).toBe('lexical-v1')
  })

  it('says which judges it looked among', async () => {
    await expect(openJudge('gpt', surroundings)).rejects.toThrow('has no judge gpt')
  })

  it.each(
    Object.entries(environments).flatMap(([environment, { evaluation }]) =>
      Object.entries(evaluation.judges).map(([name, config]) => ({ environment, name, config })),
    ),
  )('opens the judge $name of $environment, and says what it is', async ({ name, config }) => {
    const opened = await openJudge(name, { ...surroundings, config })
    expect(opened.identity).toEqual({
      name,
      model: config.model,
      embeddingModel: config.embeddingModel,
      promptVersions: {
        claims: '1',
        answer_relevancy: '1',
        context_precision: '1',
        criterion: '1',
      },
    })
    expect(opened.canScore('context_precision')).toBe(true)
  })
})
