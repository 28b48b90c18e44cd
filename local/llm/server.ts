import { randomBytes } from 'node:crypto'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { complete, completionBody, completionChunks, readChatRequest } from './chat.ts'
import { embeddingBody, readEmbeddingRequest } from './embedding-request.ts'
import { Failures, type Spoiled } from './failures.ts'
import { judgeTaskOf } from './judge-answers.ts'
import type { Ledger } from './ledger.ts'
import { models } from './models.ts'
import { OpenAiError } from './problem.ts'
import { PromptCache } from './tokens.ts'
import { usagePage } from './usage-api.ts'

export interface LlmServerProps {
  readonly ledger: Ledger
  /** Key that the usage API asks for. */
  readonly adminKey: string
  /** Bytes that a body may have. @default 20 MiB */
  readonly maxBodyBytes?: number
  /** Epoch milliseconds. @default the system's clock */
  readonly now?: () => number
}

type Route = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void

/** An OpenAI-compatible server that answers deterministically; not yet listening. */
export function createLlmServer(props: LlmServerProps): Server {
  const { ledger } = props
  const now = props.now ?? Date.now
  const failures = new Failures()
  const cache = new PromptCache()
  let latency = 0
  const started = Math.floor(now() / 1000)
  const readBody = (request: IncomingMessage) =>
    readJson(request, props.maxBodyBytes ?? 20 * 2 ** 20)

  const chat: Route = async (request, response) => {
    const asked = readChatRequest(await readBody(request))
    const isJudge = isJudgeCall(request) || judgeTaskOf(asked.schemaName) !== undefined
    await wait(latency)
    const fate = failures.strike({ endpoint: 'chat', isJudge })
    if (isUnanswered(fate, request, response)) return
    // What is no use is billed all the same.
    const result = complete(asked, cache, spoiledTexts[fate ?? ''])
    const id = `chatcmpl-${randomBytes(12).toString('hex')}`
    ledger.record({
      id,
      at: new Date(now()).toISOString(),
      endpoint: 'chat',
      model: asked.requestedModel,
      snapshot: asked.model.snapshot,
      inputTokens: result.usage.prompt_tokens,
      cachedInputTokens: result.usage.prompt_tokens_details.cached_tokens,
      outputTokens: result.usage.completion_tokens,
      reasoningTokens: result.usage.completion_tokens_details.reasoning_tokens,
    })
    response.setHeader('x-request-id', id)
    const created = Math.floor(now() / 1000)
    if (asked.stream) stream(response, completionChunks(id, created, asked, result))
    else send(response, 200, completionBody(id, created, asked, result))
  }

  const embeddings: Route = async (request, response) => {
    const asked = readEmbeddingRequest(await readBody(request))
    await wait(latency)
    const fate = failures.strike({ endpoint: 'embeddings', isJudge: isJudgeCall(request) })
    if (isUnanswered(fate, request, response)) return
    if (fate === 'garbage') return sendPage(response)
    const id = `emb-${randomBytes(12).toString('hex')}`
    ledger.record({
      id,
      at: new Date(now()).toISOString(),
      endpoint: 'embeddings',
      model: asked.requestedModel,
      snapshot: asked.model.snapshot,
      inputTokens: asked.tokens,
      cachedInputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
    })
    response.setHeader('x-request-id', id)
    const body = embeddingBody(asked)
    send(response, 200, fate === 'wrong-schema' ? { ...body, data: [] } : body)
  }

  const usage =
    (endpoint: 'chat' | 'embeddings'): Route =>
    (request, response, url) => {
      if (request.headers.authorization !== `Bearer ${props.adminKey}`) {
        throw new OpenAiError(
          401,
          'Incorrect API key provided: the usage API needs an admin key.',
          {
            code: 'invalid_api_key',
          },
        )
      }
      send(response, 200, usagePage(endpoint, url.searchParams, ledger, now()))
    }

  const routes: Readonly<Record<string, Route>> = {
    'POST /v1/chat/completions': chat,
    'POST /v1/embeddings': embeddings,
    'GET /v1/models': (_, response) => {
      const data = models.map(({ name }) => modelBody(name, started))
      send(response, 200, { object: 'list', data })
    },
    'GET /v1/organization/usage/completions': usage('chat'),
    'GET /v1/organization/usage/embeddings': usage('embeddings'),
    'GET /health': (_, response) => send(response, 200, { status: 'ok' }),
    'GET /_local/calls': (_, response, url) => {
      const calls = ledger.between(readSince(url.searchParams.get('since')))
      send(response, 200, { calls })
    },
    'GET /_local/failures': (_, response) => send(response, 200, failures.pending),
    'PUT /_local/failures': async (request, response) => {
      failures.order(await readBody(request))
      send(response, 200, failures.pending)
    },
    'PUT /_local/latency': async (request, response) => {
      latency = readLatency(await readBody(request))
      send(response, 200, { milliseconds: latency })
    },
  }

  return createServer((request, response) => {
    void answerRequest(routes, request, response)
  })
}

async function answerRequest(
  routes: Readonly<Record<string, Route>>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    if (!url) throw new OpenAiError(400, 'The address of the request cannot be read.')
    const route = routes[`${request.method} ${url.pathname}`]
    if (!route) throw noSuchRoute(routes, request.method, url.pathname)
    await route(request, response, url)
  } catch (error) {
    // A client that hangs up in the middle of its body needs no answer.
    if (response.destroyed || response.headersSent) return
    if (error instanceof OpenAiError) {
      if (error.retryAfterSeconds !== undefined) {
        response.setHeader('retry-after', String(error.retryAfterSeconds))
      }
      send(response, error.status, error.body)
    } else {
      console.error(error)
      const internal = new OpenAiError(500, 'The stand-in failed.', { type: 'server_error' })
      send(response, 500, internal.body)
    }
  }
}

/** What answers say that are no use. */
const spoiledTexts: Readonly<Record<string, string>> = {
  garbage: 'I would say that the answer is quite good {"score": 1.0',
  'wrong-schema': '{"verdict": "fine", "score": 1}',
}

/** Judges of evaluations say who they are. */
function isJudgeCall(request: IncomingMessage): boolean {
  return request.headers['user-agent']?.startsWith('townin-mlops-judge') ?? false
}

/** Whether a call ends without an answer. One that hangs is ended by its client; none of them is billed. */
function isUnanswered(
  fate: 'hang' | 'close' | Spoiled | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (fate === 'close') request.socket.destroy()
  if (fate === 'page') sendPage(response)
  return fate === 'hang' || fate === 'close' || fate === 'page'
}

/** What a proxy sends in front of a server that is away. */
function sendPage(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/html' })
  response.end('<html><body>Please wait.</body></html>')
}

/** Longest latency that can be asked for. */
const longestLatency = 60_000

function readLatency({ milliseconds }: Readonly<Record<string, unknown>>): number {
  if (
    Number.isInteger(milliseconds) &&
    Number(milliseconds) >= 0 &&
    Number(milliseconds) <= longestLatency
  ) {
    return Number(milliseconds)
  }
  throw new OpenAiError(
    400,
    `Expected {"milliseconds": 300}, a whole number up to ${longestLatency}.`,
  )
}

async function wait(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function noSuchRoute(
  routes: Readonly<Record<string, Route>>,
  method: string | undefined,
  path: string,
): OpenAiError {
  const others = Object.keys(routes).some((route) => route.endsWith(` ${path}`))
  if (others) {
    return new OpenAiError(405, `Not allowed to ${method} on ${path}.`, {
      code: 'method_not_supported',
    })
  }
  return new OpenAiError(404, `Unknown request URL: ${method} ${path}.`, { code: 'unknown_url' })
}

function modelBody(id: string, created: number) {
  return { id, object: 'model', created, owned_by: 'local' }
}

/** Epoch milliseconds of an ISO time or of milliseconds; the beginning when absent. */
function readSince(since: string | null): number {
  if (since === null || since === '') return 0
  const at = /^\d+$/.test(since) ? Number(since) : Date.parse(since)
  if (Number.isNaN(at)) {
    throw new OpenAiError(400, "'since' must be an ISO time or epoch milliseconds.", {
      param: 'since',
    })
  }
  return at
}

async function readJson(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Readonly<Record<string, unknown>>> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    // The rest is still read, so that the client sees the answer rather than a broken connection.
    if (size <= maxBytes) parts.push(part)
    else if (size > 4 * maxBytes) request.destroy()
  }
  if (size > maxBytes) throw new OpenAiError(413, `The body is larger than ${maxBytes} bytes.`)
  try {
    const value: unknown = JSON.parse(Buffer.concat(parts).toString('utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>
    }
  } catch {
    // Answered below, as a body of another shape is.
  }
  throw new OpenAiError(
    400,
    'We could not parse the JSON body of your request. The body must be one JSON object.',
  )
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

function stream(response: ServerResponse, chunks: Iterable<unknown>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  for (const chunk of chunks) response.write(`data: ${JSON.stringify(chunk)}\n\n`)
  response.end('data: [DONE]\n\n')
}
