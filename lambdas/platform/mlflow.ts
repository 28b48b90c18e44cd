import { toTarget } from './signing/canonical.ts'
import { type Credentials, createSigner } from './signing/signing.ts'

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** MLflow's REST API as one caller. */
export interface Mlflow {
  /**
   * Calls a path such as `/api/2.0/mlflow/runs/create`. For GET the values become the query, otherwise the JSON body.
   * Waits and tries again while MLflow is away. @throws MlflowError
   */
  call<Answer>(
    method: Method,
    path: string,
    values?: Readonly<Record<string, unknown>>,
  ): Promise<Answer>
  /** Sends bytes, such as OpenTelemetry's protobuf. @throws MlflowError */
  send(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<void>
}

/** MLflow refused, or stayed away for longer than the caller could wait. */
export class MlflowError extends Error {
  override readonly name = 'MlflowError'
  /** HTTP status; 0 when there was no answer at all. */
  readonly status: number
  /** MLflow's error code, such as `RESOURCE_DOES_NOT_EXIST`; empty when it gave none. */
  readonly code: string

  constructor(message: string, status: number, code: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.code = code
  }
}

export interface MlflowOptions {
  /** Address of the front door. */
  readonly url: string
  readonly region: string
  readonly credentials: Credentials
  /** Milliseconds for which a call waits for MLflow to come back. @default 120,000 */
  readonly patience?: number
}

/** Statuses of a server that is restarting or has too much to do. */
const away = new Set([429, 502, 503, 504])
const longestPause = 10_000
const requestTimeout = 30_000

/** One request to the front door, signed, without another attempt. */
type Send = (
  method: string,
  pathAndQuery: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
  timeout?: number,
) => Promise<Response>

function signedRequests(options: Omit<MlflowOptions, 'patience'>): Send {
  const base = new URL(options.url)
  const sign = createSigner({
    service: 'execute-api',
    region: options.region,
    credentials: options.credentials,
  })
  return async (method, pathAndQuery, body, headers, timeout = requestTimeout) => {
    const target = toTarget(base, pathAndQuery)
    const { host: _, ...signature } = await sign({ method, host: base.host, target, body })
    const query = target.query === '' ? '' : `?${target.query}`
    return fetch(`${base.origin}${target.path}${query}`, {
      method,
      headers: { ...headers, ...signature },
      // What answers elsewhere is not MLflow, and the signature would not hold there.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
      ...(method !== 'GET' && { body }),
    })
  }
}

/** What MLflow answered, as it came. */
export interface RawAnswer {
  readonly status: number
  readonly body: Buffer
  /** Absent where MLflow gave none. */
  readonly contentType?: string
}

/** Hands one request on as it is, once. Throws what `fetch` throws when there is no answer. */
export type PassToMlflow = (
  method: string,
  pathAndQuery: string,
  body: Buffer,
  headers: Readonly<Record<string, string>>,
) => Promise<RawAnswer>

/**
 * MLflow for whoever stands between it and a client: nothing is read and nothing tried again, since only the client
 * knows whether it may be.
 * @param timeout milliseconds for which an answer is waited for
 */
export function passToMlflow(
  options: Omit<MlflowOptions, 'patience'>,
  timeout: number,
): PassToMlflow {
  const send = signedRequests(options)
  return async (method, pathAndQuery, body, headers) => {
    const response = await send(method, pathAndQuery, body, headers, timeout)
    const contentType = response.headers.get('content-type')
    return {
      status: response.status,
      body: Buffer.from(await response.arrayBuffer()),
      ...(contentType !== null && { contentType }),
    }
  }
}

/** MLflow behind the front door, with every request signed. */
export function connectMlflow(options: MlflowOptions): Mlflow {
  const once = signedRequests(options)
  const patience = options.patience ?? 120_000

  async function patiently(
    method: Method,
    pathAndQuery: string,
    body: Buffer,
    headers: Readonly<Record<string, string>>,
  ): Promise<string> {
    const deadline = Date.now() + patience
    for (let pause = 250; ; pause = Math.min(pause * 2, longestPause)) {
      let status = 0
      let text = ''
      let cause: unknown
      try {
        // An answer that hangs must not outlast the caller.
        const left = Math.max(deadline - Date.now(), 1_000)
        const response = await once(
          method,
          pathAndQuery,
          body,
          headers,
          Math.min(requestTimeout, left),
        )
        status = response.status
        text = await response.text()
        if (response.ok) return text
      } catch (error) {
        status = 0
        cause = error
      }
      const mayComeBack = status === 0 || away.has(status)
      if (!mayComeBack || Date.now() + pause > deadline) {
        throw errorOf(`${method} ${pathAndQuery.split('?')[0]}`, status, text, cause)
      }
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }

  return {
    async call<Answer>(
      method: Method,
      path: string,
      values: Readonly<Record<string, unknown>> = {},
    ) {
      const isGet = method === 'GET'
      const query = isGet ? `?${queryOf(values)}` : ''
      const body = isGet ? Buffer.alloc(0) : Buffer.from(JSON.stringify(values))
      const headers: Record<string, string> = isGet ? {} : { 'content-type': 'application/json' }
      const text = await patiently(method, `${path}${query}`, body, headers)
      return (text === '' ? {} : JSON.parse(text)) as Answer
    },
    async send(path, body, headers) {
      await patiently('POST', path, Buffer.from(body), headers)
    },
  }
}

/** A list becomes a key that repeats. */
function queryOf(values: Readonly<Record<string, unknown>>): string {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one))
  }
  return parameters.toString()
}

function errorOf(what: string, status: number, text: string, cause: unknown): MlflowError {
  if (status === 0) {
    const why = cause instanceof Error ? cause.message : String(cause)
    return new MlflowError(`MLflow did not answer ${what}: ${why}`, 0, '', { cause })
  }
  let code = ''
  let message = text.slice(0, 500)
  try {
    const body = JSON.parse(text) as { error_code?: unknown; message?: unknown }
    if (typeof body.error_code === 'string') code = body.error_code
    if (typeof body.message === 'string') message = body.message
  } catch {
    // Not MLflow's own error: the gateway's, or a proxy's.
  }
  return new MlflowError(`MLflow answered ${what} with ${status}: ${message}`, status, code)
}
