import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import { timingSafeEqual } from 'node:crypto'
import { problemsOf } from './block-kit.ts'
import { Failures } from './failures.ts'
import type { Messages } from './messages.ts'
import { renderPage, type PageOptions } from './page.ts'

/** What the Slack sink is made of. */
export interface SlackServerProps {
  readonly messages: Messages
  /** The last part of the webhook's path, which only its owner knows. */
  readonly token: string
  readonly page: PageOptions
  /** Epoch milliseconds. @default the system's clock */
  readonly now?: () => number
  /** Told why a message was refused, which Slack does not say. */
  readonly log?: (line: string) => void
}

/** Path of the webhook with this token, formed as Slack's are. */
export const webhookPath = (token: string): string => `/services/T00000000/B00000000/${token}`

/** An answer of Slack, which is plain text. */
interface Answer {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

const mostBytes = 1024 * 1024

/** What Slack says with a status. */
const sayings: Readonly<Record<number, string>> = {
  400: 'invalid_payload',
  403: 'invalid_token',
  404: 'no_service',
  410: 'channel_is_archived',
}

/** A server that takes what is sent to an incoming webhook of Slack, and shows it; not yet listening. */
export function createSlackServer(props: SlackServerProps): Server {
  const { messages, token } = props
  const now = props.now ?? Date.now
  const log = props.log ?? (() => undefined)
  const failures = new Failures()

  const hook = async (request: IncomingMessage, path: string): Promise<Answer | 'hang'> => {
    const text = await readText(request)
    if (!isSame(path, webhookPath(token))) return { status: 404, body: 'no_service' }
    const failure = failures.strike()
    if (failure === 'hang') return 'hang'
    if (failure !== undefined) return failed(failure.status, failure.retryAfterSeconds)
    const payload = readPayload(request, text)
    if (payload === undefined) return { status: 400, body: 'invalid_payload' }
    const { text: said, blocks } = payload
    if ((typeof said !== 'string' || said === '') && !Array.isArray(blocks)) {
      return { status: 400, body: 'no_text' }
    }
    const problems = problemsOf(payload)
    if (problems.length > 0) {
      log(`Refused a message: ${problems.join('; ')}`)
      return { status: 400, body: 'invalid_blocks' }
    }
    messages.add(new Date(now()).toISOString(), {
      text: typeof said === 'string' ? said : '',
      blocks: Array.isArray(blocks) ? (blocks as unknown[]) : [],
    })
    return { status: 200, body: 'ok' }
  }

  const answer = async (request: IncomingMessage): Promise<Answer | 'hang'> => {
    const url = URL.parse(request.url ?? '/', 'http://localhost')
    if (!url) return { status: 400, body: 'The address cannot be read.' }
    if (request.method === 'POST' && url.pathname.startsWith('/services/')) {
      return hook(request, url.pathname)
    }
    switch (`${request.method} ${url.pathname}`) {
      case 'GET /':
        return page(renderPage(messages.since(0), props.page))
      case 'GET /health':
        return json(200, { status: 'ok' })
      case 'GET /_local/messages': {
        const since = readSince(url.searchParams.get('since'))
        return since === undefined
          ? json(400, { error: 'since must be an ISO time or epoch milliseconds.' })
          : json(200, { messages: messages.since(since) })
      }
      case 'GET /_local/failures':
        return json(200, { next: failures.pending })
      case 'PUT /_local/failures':
        return failures.order(parseObject(await readText(request)) ?? {})
          ? json(200, { next: failures.pending })
          : json(400, {
              error:
                'Expected {"next": [...]} of statuses from 400 to 599, {"status", "retryAfterSeconds"} and "hang".',
            })
      default:
        return { status: 404, body: `There is no ${request.method} ${url.pathname}.` }
    }
  }

  return createServer((request, response) => {
    void respond(request, response, answer)
  })
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: IncomingMessage) => Promise<Answer | 'hang'>,
): Promise<void> {
  try {
    const given = isLocal(request)
      ? await answer(request)
      : { status: 403, body: 'Only for 127.0.0.1.' }
    // A client that is left waiting ends the connection itself.
    if (given === 'hang' || response.destroyed) return
    response.writeHead(given.status, { 'content-type': 'text/plain', ...given.headers })
    response.end(given.body)
  } catch (error) {
    console.error(error)
    if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' })
    response.end('The sink failed.')
  }
}

/** A name that was rebound to 127.0.0.1 stays in the host header. */
function isLocal(request: IncomingMessage): boolean {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  return host === '127.0.0.1' || host === 'localhost'
}

function isSame(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)]
  return one.length === other.length && timingSafeEqual(one, other)
}

function failed(status: number, retryAfterSeconds: number): Answer {
  if (status === 429) {
    return {
      ...json(429, { ok: false, error: 'rate_limited' }),
      headers: { 'content-type': 'application/json', 'retry-after': String(retryAfterSeconds) },
    }
  }
  return { status, body: sayings[status] ?? (status >= 500 ? 'rollup_error' : 'invalid_payload') }
}

function json(status: number, body: unknown): Answer {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
}

function page(html: string): Answer {
  return {
    status: 200,
    body: html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      // Messages may hold what anybody wrote: nothing is loaded, nothing runs.
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    },
  }
}

/** Slack takes JSON, and a form with JSON in `payload`. */
function readPayload(
  request: IncomingMessage,
  text: string,
): Readonly<Record<string, unknown>> | undefined {
  const isForm = (request.headers['content-type'] ?? '').startsWith(
    'application/x-www-form-urlencoded',
  )
  return parseObject(isForm ? (new URLSearchParams(text).get('payload') ?? '') : text)
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** Epoch milliseconds of an ISO time or of milliseconds; the beginning when absent. */
function readSince(since: string | null): number | undefined {
  if (since === null || since === '') return 0
  const at = /^\d+$/.test(since) ? Number(since) : Date.parse(since)
  return Number.isNaN(at) ? undefined : at
}

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size <= mostBytes) parts.push(part)
  }
  return size <= mostBytes ? Buffer.concat(parts).toString('utf8') : ''
}
