import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Call, Ledger } from '../../local/llm/ledger.ts'
import { createLlmServer } from '../../local/llm/server.ts'

const directory = mkdtempSync(join(tmpdir(), 'llm-'))
let server: Server
let address: string
let clock: number

beforeEach(async () => {
  clock = Date.parse('2026-11-24T10:00:00Z')
  await start()
})

afterEach(async () => {
  await stop()
  rmSync(directory, { recursive: true, force: true })
})

async function start(): Promise<void> {
  const ledger = new Ledger(directory)
  server = createLlmServer({ ledger, adminKey: 'sk-admin', maxBodyBytes: 10_000, now: () => clock })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function stop(): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

const send = (path: string, body: unknown, method: 'POST' | 'PUT' = 'POST') =>
  fetch(`${address}${path}`, {
    method,
    headers: { 'content-type': 'application/json', authorization: 'Bearer any' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

const read = async (path: string, key = 'sk-admin') => {
  const response = await fetch(`${address}${path}`, { headers: { authorization: `Bearer ${key}` } })
  return { status: response.status, body: (await response.json()) as any }
}

const question = {
  model: 'gpt-4o-mini',
  messages: [
    {
      role: 'user',
      content: 'Context: The premium is due in May.\nQuestion: When is the premium due?',
    },
  ],
}

const calls = async () => (await read('/_local/calls?since=0')).body.calls as Call[]

test('the ledger holds what each answer reported, to the token', async () => {
  const chat = (await (await send('/v1/chat/completions', question)).json()) as any
  const embedded = await send('/v1/embeddings', {
    model: 'text-embedding-3-small',
    input: ['a', 'b c'],
  })
  const embedding = (await embedded.json()) as any
  expect(await calls()).toMatchObject([
    {
      id: chat.id,
      snapshot: chat.model,
      inputTokens: chat.usage.prompt_tokens,
      outputTokens: chat.usage.completion_tokens,
    },
    {
      id: embedded.headers.get('x-request-id'),
      inputTokens: embedding.usage.prompt_tokens,
      outputTokens: 0,
    },
  ])
})

test('the ledger survives a restart, and answers what came since a moment', async () => {
  await send('/v1/chat/completions', question)
  await stop()
  await start()
  clock += 1000
  await send('/v1/chat/completions', question)
  expect(await calls()).toHaveLength(2)
  const later = await read('/_local/calls?since=2026-11-24T10:00:01Z')
  expect(later.body.calls).toHaveLength(1)
})

test('a streamed answer says the same as a whole one and reports the same usage last', async () => {
  const whole = (await (await send('/v1/chat/completions', question)).json()) as any
  const streamed = await send('/v1/chat/completions', {
    ...question,
    stream: true,
    stream_options: { include_usage: true },
  })
  const events = (await streamed.text()).trim().split('\n\n')
  expect(events.at(-1)).toBe('data: [DONE]')
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event.slice(6)))
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
  expect(text).toBe(whole.choices[0].message.content)
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage })
})

test('a text and its tokens have the same vector, as floats and in base64', async () => {
  const vectors = await Promise.all(
    [
      { input: 'tiktoken is great!' },
      { input: [83, 1609, 5963, 374, 2294, 0] },
      { input: 'tiktoken is great!', encoding_format: 'base64' },
    ].map(async (body) => {
      const answer = await send('/v1/embeddings', { model: 'text-embedding-3-small', ...body })
      return ((await answer.json()) as any).data[0].embedding
    }),
  )
  expect(vectors[1]).toEqual(vectors[0])
  expect(Buffer.from(vectors[2], 'base64').readFloatLE(40)).toBe(vectors[0][10])
})

test.each([
  ['/v1/chat/completions', '{bad', 400, 'could not parse'],
  ['/v1/chat/completions', '[]', 400, 'JSON object'],
  ['/v1/chat/completions', { model: 'gpt-4o-mini' }, 400, 'messages'],
  ['/v1/chat/completions', { messages: [] }, 400, 'model'],
  ['/v1/chat/completions', { ...question, model: 'gpt-99' }, 404, 'gpt-99'],
  ['/v1/chat/completions', { ...question, model: 'text-embedding-3-small' }, 404, 'does not exist'],
  ['/v1/chat/completions', { ...question, messages: [null] }, 400, 'messages'],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: '' }, 400, 'empty'],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: [1.5] }, 400, 'input'],
  ['/v1/embeddings', { model: 'text-embedding-3-small' }, 400, 'input'],
  ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'x'.repeat(20_000) }, 413, 'larger'],
  ['/v1/nothing', {}, 404, 'Unknown request URL'],
  ['/v1/models', {}, 405, 'Not allowed'],
])("%s with %j answers in OpenAI's shape: %d", async (path, body, status, message) => {
  const response = await send(path, body)
  const { error } = (await response.json()) as any
  expect(response.status).toBe(status)
  expect(error).toMatchObject({ type: 'invalid_request_error' })
  expect(error.message).toContain(message)
  expect(await calls()).toEqual([])
})

test('ordered failures fall on the next calls, once each, and are not billed', async () => {
  expect((await send('/_local/failures', { next: [429, 500, 'hang'] }, 'PUT')).status).toBe(200)
  expect((await send('/v1/chat/completions', question)).status).toBe(429)
  expect((await send('/v1/chat/completions', question)).status).toBe(500)
  const hanging = fetch(`${address}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(question),
    signal: AbortSignal.timeout(200),
  })
  await expect(hanging).rejects.toThrow('timeout')
  expect((await send('/v1/chat/completions', question)).status).toBe(200)
  expect(await calls()).toHaveLength(1)
  expect((await send('/_local/failures', { next: ['explode'] }, 'PUT')).status).toBe(400)
})

test('failures may be ordered for one kind of call, while others are answered', async () => {
  const judged = {
    ...question,
    response_format: { type: 'json_schema', json_schema: { name: 'judge_criterion', schema: {} } },
  }
  await send('/_local/failures', { next: [500], for: 'judge' }, 'PUT')
  await send('/_local/failures', { next: [503], for: 'embeddings' }, 'PUT')
  expect((await read('/_local/failures')).body).toMatchObject({
    next: [],
    judge: [500],
    embeddings: [503],
  })
  const status = async (path: string, body: unknown) => (await send(path, body)).status
  const embedding = { model: 'text-embedding-3-small', input: 'a' }
  expect(await status('/v1/chat/completions', question)).toBe(200)
  expect(await status('/v1/chat/completions', judged)).toBe(500)
  expect(await status('/v1/chat/completions', judged)).toBe(200)
  expect(await status('/v1/embeddings', embedding)).toBe(503)
  expect(await status('/v1/embeddings', embedding)).toBe(200)
  expect(await status('/_local/failures', {})).toBe(405)
  expect((await send('/_local/failures', { next: [], for: 'nobody' }, 'PUT')).status).toBe(400)
})

test('a rate limit may say when to come back', async () => {
  const next = [{ status: 429, retryAfterSeconds: 7 }]
  await send('/_local/failures', { next }, 'PUT')
  const response = await send('/v1/chat/completions', question)
  expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
})

test('an answer that is no use is billed; a connection that breaks and a page of a proxy are not', async () => {
  const next = ['garbage', 'wrong-schema', 'page', 'close']
  await send('/_local/failures', { next }, 'PUT')
  const said = async () =>
    ((await (await send('/v1/chat/completions', question)).json()) as any).choices[0].message
      .content as string
  const garbage = await said()
  expect(() => JSON.parse(garbage)).toThrow('JSON')
  expect(JSON.parse(await said())).toHaveProperty('verdict')
  const page = await send('/v1/chat/completions', question)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html'])
  await expect(send('/v1/chat/completions', question)).rejects.toThrow('fetch failed')
  expect(await calls()).toHaveLength(2)
})

test('calls take as long as a latency says', async () => {
  expect((await send('/_local/latency', { milliseconds: 150 }, 'PUT')).status).toBe(200)
  const started = performance.now()
  await Promise.all([1, 2, 3].map(async () => send('/v1/chat/completions', question)))
  expect(performance.now() - started).toBeGreaterThan(145)
  expect((await send('/_local/latency', { milliseconds: -1 }, 'PUT')).status).toBe(400)
})

test('the usage API sums the ledger by day, hour and model, page by page', async () => {
  await send('/v1/chat/completions', question)
  await send('/v1/chat/completions', { ...question, model: 'gpt-4o' })
  clock += 2 * 3_600_000
  await send('/v1/chat/completions', question)
  await send('/v1/embeddings', { model: 'text-embedding-3-small', input: 'a' })
  const from = Date.parse('2026-11-24T09:30:00Z') / 1000
  const path = `/v1/organization/usage/completions?start_time=${from}&end_time=${from + 3 * 3600}`

  const byDay = (await read(`${path}&group_by=model`)).body
  expect(byDay.data).toHaveLength(1)
  expect(byDay.data[0].results).toMatchObject([
    { model: 'gpt-4o-mini-2024-07-18', num_model_requests: 2 },
    { model: 'gpt-4o-2024-08-06', num_model_requests: 1 },
  ])
  const total = (await calls()).filter((call) => call.endpoint === 'chat')
  const byHour = await read(`${path}&bucket_width=1h&limit=3`)
  expect(byHour.body).toMatchObject({ has_more: true })
  const rest = await read(`${path}&bucket_width=1h&limit=3&page=${byHour.body.next_page}`)
  expect(rest.body).toMatchObject({ has_more: false, next_page: null })
  const results = [...byHour.body.data, ...rest.body.data].flatMap((bucket: any) => bucket.results)
  const sum = (field: string) =>
    results.reduce((all: number, result: any) => all + result[field], 0)
  expect(sum('num_model_requests')).toBe(3)
  expect(sum('input_tokens')).toBe(total.reduce((all, call) => all + call.inputTokens, 0))

  const embeddings = await read(`/v1/organization/usage/embeddings?start_time=${from}`)
  expect(embeddings.body.data[0].results).toMatchObject([{ num_model_requests: 1, model: null }])
})

test.each([
  ['', 400, 'start_time'],
  ['?start_time=x', 400, 'start_time'],
  ['?start_time=10&end_time=5', 400, 'end_time'],
  ['?start_time=1&bucket_width=2d', 400, 'bucket_width'],
  ['?start_time=1&limit=99', 400, 'limit'],
  ['?start_time=1&group_by=user_id', 400, 'group_by'],
])('the usage API refuses %j', async (query, status, param) => {
  const { status: answered, body } = await read(`/v1/organization/usage/completions${query}`)
  expect(answered).toBe(status)
  expect(body.error.param).toBe(param)
})

test('the usage API needs the admin key', async () => {
  const { status, body } = await read('/v1/organization/usage/completions?start_time=1', 'sk-other')
  expect(status).toBe(401)
  expect(body.error.code).toBe('invalid_api_key')
})
