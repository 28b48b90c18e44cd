import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { environments } from '../../../config/environments.ts'
import { aiSdkModel } from '../../../lambdas/evaluation/judges/ai-sdk-model.ts'
import type { JudgeModel } from '../../../lambdas/evaluation/judges/model.ts'

const config = environments.dev.evaluation.judges['bedrock']!
let model: JudgeModel
let requests: { url: string; headers: Headers; body: any }[]
let answers: Response[]

beforeEach(() => {
  requests = []
  answers = []
  vi.stubEnv('AWS_REGION', 'ap-northeast-2')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'key')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubGlobal('fetch', async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input, init)
    requests.push({ url: request.url, headers: request.headers, body: await request.json() })
    return answers.shift() ?? Response.json({})
  })
  model = aiSdkModel(config, undefined)
})

afterEach(() => {
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

const ask = async () =>
  model.chat({
    system: 'You judge.',
    turns: [
      { role: 'user', text: 'Data.' },
      { role: 'assistant', text: '{}' },
      { role: 'user', text: 'Again.' },
    ],
    schemaName: 'judge_criterion',
    schema: z.strictObject({ answer: z.enum(['yes', 'no']) }),
    signal: AbortSignal.timeout(5_000),
  })

/** What Converse answers for a model that is asked for an object. */
const converse = (input: unknown) =>
  Response.json({
    output: {
      message: {
        role: 'assistant',
        content: [{ toolUse: { toolUseId: 't', name: 'json', input } }],
      },
    },
    stopReason: 'tool_use',
    usage: { inputTokens: 120, outputTokens: 9, totalTokens: 129, cacheReadInputTokens: 0 },
  })

it('asks Converse for an object of the schema, signed, at temperature 0', async () => {
  answers.push(converse({ answer: 'yes' }))
  expect(await ask()).toEqual({
    text: '{"answer":"yes"}',
    cut: false,
    usage: {
      inputTokens: 120,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 9,
      reasoningTokens: 0,
    },
  })
  const [request] = requests
  expect(request?.url).toContain(
    `bedrock-runtime.ap-northeast-2.amazonaws.com/model/${encodeURIComponent(config.model)}/converse`,
  )
  expect(request?.headers.get('authorization')).toContain('AWS4-HMAC-SHA256')
  expect(request?.body).toMatchObject({
    system: [{ text: 'You judge.' }],
    messages: [{ role: 'user' }, { role: 'assistant' }, { role: 'user' }],
    inferenceConfig: { temperature: 0 },
  })
  expect(JSON.stringify(request?.body.toolConfig)).toContain('"enum":["yes","no"]')
})

it('gives what does not fit the schema back, with its tokens', async () => {
  answers.push(converse({ answer: 'maybe' }))
  expect(await ask()).toMatchObject({ text: '{"answer":"maybe"}', usage: { outputTokens: 9 } })
})

it.each([
  [429, 'ThrottlingException', true],
  [503, 'ServiceUnavailableException', true],
  [400, 'ValidationException', false],
  [403, 'AccessDeniedException', false],
])('%d %s passes: %s', async (status, type, passing) => {
  answers.push(
    new Response(JSON.stringify({ message: `${type}.` }), {
      status,
      headers: { 'x-amzn-errortype': type, 'content-type': 'application/json' },
    }),
  )
  await expect(ask()).rejects.toMatchObject({ passing })
})

it('takes the vectors of several texts in one call, with the tokens of the header', async () => {
  answers.push(
    new Response(
      JSON.stringify({
        embeddings: [
          [1, 0],
          [0, 1],
        ],
        id: 'i',
        response_type: 'embeddings_floats',
        texts: [],
      }),
      {
        headers: { 'content-type': 'application/json', 'x-amzn-bedrock-input-token-count': '11' },
      },
    ),
  )
  expect(model.embeddedAtOnce).toBeGreaterThanOrEqual(4)
  expect(await model.embed(['one', 'two'], AbortSignal.timeout(5_000))).toMatchObject({
    vectors: [
      [1, 0],
      [0, 1],
    ],
    usage: { inputTokens: 11 },
  })
  expect(requests[0]?.body).toMatchObject({ texts: ['one', 'two'], truncate: 'END' })
})

it('does not take an unknown number of tokens for none', async () => {
  answers.push(
    Response.json({ embeddings: [[1, 0]], id: 'i', response_type: 'embeddings_floats', texts: [] }),
  )
  const { usage } = await model.embed(['one'], AbortSignal.timeout(5_000))
  expect(usage.inputTokens).toBeNull()
})
