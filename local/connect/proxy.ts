import {
  Agent as HttpAgent,
  createServer,
  type IncomingMessage,
  request as requestHttp,
  type ServerResponse,
} from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { Problem } from '../../lambdas/domain/problem.ts'
import { credentialAdvice, forbiddenAdvice } from './advice.ts'
import { type Target, toTarget, UnsignableQuery } from '../../lambdas/platform/signing/canonical.ts'
import { refuseForeign } from './guard.ts'
import { requestHeaders, responseHeaders } from './headers.ts'
import { type Credentials, createSigner } from '../../lambdas/platform/signing/signing.ts'

/** What an HTTP API takes in one request. */
const MAX_BODY_BYTES = 10 * 1024 * 1024

export interface ProxyOptions {
  /** Port to listen on, on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  /** Address of the front door, with its path if it has one. */
  readonly trackingUri: string
  readonly region: string
  readonly credentials: Credentials
  /** Name of the environment, for advice. @default local */
  readonly environment?: string
  /** Takes advice for the user, each piece once. @default printed to standard error */
  readonly advise?: (advice: string) => void
}

/** A running signing proxy. */
export interface Proxy {
  readonly port: number
  /** Such as `http://127.0.0.1:4572`. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Starts a proxy that signs what comes from this machine with AWS credentials and forwards it to
 * the front door: for browsers, OpenTelemetry exporters and SDKs that cannot sign. Requests are
 * read whole, since a signature covers the body; answers are streamed.
 */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const frontDoor = new URL(options.trackingUri)
  const environment = options.environment ?? 'local'
  const secure = frontDoor.protocol === 'https:'
  const agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true })
  const sign = createSigner({
    service: 'execute-api',
    region: options.region,
    credentials: options.credentials,
  })
  const advised = new Set<string>()
  const advise = (advice: string): void => {
    if (advised.has(advice)) return
    advised.add(advice)
    const print = options.advise ?? ((text: string) => console.error(text))
    print(advice)
  }

  const forward = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? 'GET'
    refuseForeign(method, request.headersDistinct)
    const target = targetOf(frontDoor, request.url ?? '/')
    const body = await readBody(request)
    const signature = await sign({ method, host: frontDoor.host, target, body }).catch(
      (error: unknown) => {
        const advice = credentialAdvice(error)
        advise(advice)
        throw new Problem({ status: 502, title: 'No AWS credentials', detail: advice })
      },
    )
    const headers: Record<string, string | string[]> = {
      ...requestHeaders(request.headersDistinct, frontDoor),
      ...signature,
    }
    if (body.length > 0 || hasBody(request)) headers['content-length'] = String(body.length)

    const upstream = (secure ? requestHttps : requestHttp)({
      agent,
      host: frontDoor.hostname.replace(/^\[|\]$/g, ''),
      port: frontDoor.port || (secure ? 443 : 80),
      method,
      path: target.query === '' ? target.path : `${target.path}?${target.query}`,
      headers,
    })
    // A caller that goes away takes its request along.
    response.once('close', () => upstream.destroy())
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      upstream.once('response', resolve)
      upstream.once('error', reject)
      upstream.end(body)
    }).catch((error: Error) => {
      throw new Problem({
        status: 502,
        title: 'Front door out of reach',
        detail:
          `${frontDoor.origin} could not be reached (${error.message}). Check the network, and ` +
          `that environment ${environment} is deployed${environment === 'local' ? ' (npm start)' : ''}.`,
      })
    })
    // The caller may close as soon as it has what it wants; that is no error of the front door.
    upstream.on('error', () => {})
    if (answer.statusCode === 403)
      watch(answer, (text) => advise(forbiddenAdvice(text, environment)))
    const own = `http://${request.headers.host}`
    response.writeHead(
      answer.statusCode ?? 502,
      responseHeaders(answer.headersDistinct, frontDoor, own),
    )
    response.flushHeaders()
    await pipeline(answer, response)
  }

  const server = createServer((request, response) => {
    forward(request, response).catch((error: unknown) => {
      if (response.headersSent) {
        // Half an answer must not look like a whole one.
        response.destroy()
      } else {
        sendProblem(request, response, error)
      }
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      agent.destroy()
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    },
  }
}

function targetOf(frontDoor: URL, url: string): Target {
  if (!url.startsWith('/')) {
    throw new Problem({
      status: 400,
      title: 'Not a path',
      detail: 'This proxy takes paths of the front door, such as /version, and no other addresses.',
    })
  }
  try {
    return toTarget(frontDoor, url)
  } catch (error) {
    if (!(error instanceof UnsignableQuery)) throw error
    throw new Problem({
      status: 400,
      title: 'Query cannot be signed',
      detail: `${error.message}. Encode the query as UTF-8.`,
    })
  }
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['content-length'] !== undefined || 'transfer-encoding' in request.headers
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  const chunks: Buffer[] = []
  let bytes = 0
  if (announced <= MAX_BODY_BYTES) {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MAX_BODY_BYTES) break
      chunks.push(chunk)
    }
    if (bytes <= MAX_BODY_BYTES) return Buffer.concat(chunks)
  }
  throw new Problem({
    status: 413,
    title: 'Request too large',
    detail:
      `The request has ${announced > 0 ? announced : `more than ${MAX_BODY_BYTES}`} bytes, and the ` +
      'front door (an API Gateway HTTP API) takes 10 MB at most. Log large files as artifacts: ' +
      'they go straight to S3. For traces, send smaller batches.',
  })
}

/** Gives the text of a short answer to somebody, without holding it back from the caller. */
function watch(answer: IncomingMessage, then: (text: string) => void): void {
  const chunks: Buffer[] = []
  answer.on('data', (chunk: Buffer) => {
    if (chunks.length < 16) chunks.push(chunk)
  })
  answer.once('end', () => then(Buffer.concat(chunks).toString('utf8')))
}

function sendProblem(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  const problem =
    error instanceof Problem
      ? error
      : new Problem({
          status: 500,
          title: 'Proxy error',
          detail: `The signing proxy failed: ${error instanceof Error ? error.message : String(error)}`,
        })
  const text = JSON.stringify(problem)
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(text),
    // What is left of the request is not worth reading.
    ...(!request.complete && { connection: 'close' }),
  })
  response.end(text, () => {
    if (!request.complete) request.resume()
  })
}
