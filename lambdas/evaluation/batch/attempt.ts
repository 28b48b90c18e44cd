import type { Subject } from '../../domain/subject.ts'
import { type EndpointAnswer, excerpt, readAnswer } from './endpoint-protocol.ts'

/** What came of one request. */
export type Attempt =
  | {
      readonly kind: 'answered'
      readonly answer: EndpointAnswer
      readonly milliseconds: number
    }
  /** It would say the same again. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Another attempt may succeed. */
  | {
      readonly kind: 'away'
      readonly reason: string
      /** Whether it said that it has too much to do (429). */
      readonly busy: boolean
      /** Milliseconds that it asked to wait; `null` when it named none. */
      readonly retryAfter: number | null
    }

/** How a request is sent. */
export interface AttemptSetting {
  readonly url: string
  /** Sent as a bearer token. */
  readonly token: string | undefined
  readonly subject: Subject
  /** Milliseconds from the request to the end of the answer. */
  readonly timeLimit: number
  readonly fetch: typeof fetch
  /** A clock in milliseconds. */
  readonly clock: () => number
}

/** Bytes of an answer, unpacked; more fail the row. */
const mostBytes = 1_000_000
const redirectsFollowed = 3

/** Sends one request and reads its answer whole. Never throws. */
export async function attempt(body: string, setting: AttemptSetting): Promise<Attempt> {
  const { timeLimit, clock } = setting
  const signal = AbortSignal.timeout(timeLimit)
  const start = clock()
  try {
    const response = await send(body, setting, signal)
    if (typeof response === 'string') return { kind: 'refused', reason: response }
    const bytes = await readBody(response)
    if (response.status !== 200) return errorOf(response, bytes)
    const milliseconds = clock() - start
    const type = response.headers.get('content-type') ?? ''
    if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
      const reason = `The application answered with content type "${type}", not with JSON: ${excerpt(textOf(bytes))}.`
      return { kind: 'refused', reason }
    }
    if (bytes === null) {
      return { kind: 'refused', reason: `The application's answer is larger than 1 MB.` }
    }
    const read = readAnswer(bytes, setting.subject)
    return 'answer' in read
      ? { kind: 'answered', answer: read.answer, milliseconds }
      : { kind: 'refused', reason: read.problem }
  } catch (error) {
    const reason = signal.aborted
      ? `The application did not answer within ${timeLimit / 1_000} s.`
      : `The application could not be reached: ${causeOf(error)}.`
    return { kind: 'away', reason, busy: false, retryAfter: null }
  }
}

/** The response, or why there is none to read. A redirect is followed only where it stays with the same server. */
async function send(
  body: string,
  { url, token, fetch: request }: AttemptSetting,
  signal: AbortSignal,
): Promise<Response | string> {
  let address = new URL(url)
  for (let redirects = 0; ; redirects++) {
    const response = await request(address.href, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      redirect: 'manual',
      signal,
    })
    const { status, headers } = response
    const location = headers.get('location')
    if (status < 300 || status > 399 || location === null) return response
    await response.body?.cancel()
    const target = URL.parse(location, address.href)
    // 301 to 303 would turn the request into one without a body.
    if (target?.origin !== address.origin || status < 307 || redirects === redirectsFollowed) {
      return `The application answered ${status} and redirects to ${excerpt(target?.href ?? location)}, which is not followed.`
    }
    address = target
  }
}

/** The body; `null` when it is too large, of which no more than that is read. */
async function readBody(response: Response): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    // Leaving the loop closes the connection.
    if (bytes > mostBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? 'more than 1 MB' : new TextDecoder().decode(bytes)
}

function errorOf(response: Response, bytes: Uint8Array | null): Attempt {
  const { status, headers } = response
  const reason = `The application answered ${status}: ${excerpt(textOf(bytes))}.`
  if (status !== 429 && status < 500) return { kind: 'refused', reason }
  return { kind: 'away', reason, busy: status === 429, retryAfter: retryAfterOf(headers) }
}

/** Milliseconds; a date is taken relative to the server's own clock. */
function retryAfterOf(headers: Headers): number | null {
  const text = headers.get('retry-after') ?? ''
  if (/^\d+$/.test(text)) return Number(text) * 1_000
  const wait = Date.parse(text) - Date.parse(headers.get('date') ?? '')
  return Number.isNaN(wait) ? null : Math.max(0, wait)
}

/** `fetch failed` says nothing: its cause does. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return causeOf(error.cause)
  const { code } = error as NodeJS.ErrnoException
  return code === undefined || error.message.includes(code)
    ? error.message
    : `${code} ${error.message}`.trim()
}
