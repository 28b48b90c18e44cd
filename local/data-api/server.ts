import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Availability } from './availability.ts'
import { Connections } from './connections.ts'
import { DataApiError, toDataApiError } from './errors.ts'
import { AWS_LIMITS, type Limits, responseTooLarge } from './limits.ts'
import { type Credentials, Operations } from './operations.ts'
import { ResultTypes } from './result-types.ts'
import { Transactions } from './transactions.ts'
import { type DataApiRequest, parseRequest } from './wire.ts'

export interface DataApiOptions {
  /** Port to listen on, on 127.0.0.1; 0 takes a free one. */
  readonly port: number
  readonly postgresPort: number
  /** @default AWS's own */
  readonly limits?: Partial<Limits>
  /** Connections that one role may hold in one database. @default 10 */
  readonly maxConnections?: number
  /** Milliseconds after which an unused connection is closed. @default 1000 */
  readonly idleMs?: number
}

/** A running Data API endpoint. */
export interface DataApi {
  readonly port: number
  readonly availability: Availability
  close(): Promise<void>
}

/**
 * Serves the RDS Data API in front of a Postgres on this machine. Callers have been authorised
 * already; role and password of their secret come in `x-database-username` and
 * `x-database-password`, percent-encoded.
 */
export async function startDataApi(options: DataApiOptions): Promise<DataApi> {
  const limits = { ...AWS_LIMITS, ...options.limits }
  const connections = new Connections(
    {
      port: options.postgresPort,
      max: options.maxConnections ?? 10,
      idleMs: options.idleMs ?? 1000,
    },
    limits,
  )
  const transactions = new Transactions(connections, limits)
  const operations = new Operations(connections, transactions, new ResultTypes(limits), limits)
  const availability = new Availability()

  const handle = async (request: IncomingMessage): Promise<unknown> => {
    const body = await readBody(request, limits)
    if (request.url === '/_local/state') {
      if (request.method === 'PUT') availability.set(parseBody(body))
      return availability.get()
    }
    const run = request.method === 'POST' ? OPERATIONS[request.url ?? ''] : undefined
    if (!run) {
      throw new DataApiError(
        'BadRequestException',
        `${request.method} ${request.url} is not an operation of the Data API.`,
      )
    }
    const input = parseBody(body)
    const credentials = readCredentials(request)
    availability.check(input.resourceArn)
    return run(operations, input, credentials)
  }

  const server = createServer((request, response) => {
    handle(request).then(
      (result) => sendResult(response, result, limits),
      (error: unknown) => sendError(response, toDataApiError(error)),
    )
  })
  // Longer than the emulator keeps an idle connection, so that it never sends into a closing one.
  server.keepAliveTimeout = 75_000
  await listen(server, options.port)
  return {
    port: (server.address() as AddressInfo).port,
    availability,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
      transactions.close()
      await connections.close()
    },
  }
}

const OPERATIONS: Record<
  string,
  (operations: Operations, input: DataApiRequest, credentials: Credentials) => Promise<unknown>
> = {
  '/Execute': (operations, input, credentials) => operations.execute(input, credentials),
  '/BatchExecute': (operations, input, credentials) => operations.batchExecute(input, credentials),
  '/BeginTransaction': (operations, input, credentials) =>
    operations.beginTransaction(input, credentials),
  '/CommitTransaction': (operations, input, credentials) =>
    operations.commitTransaction(input, credentials),
  '/RollbackTransaction': (operations, input, credentials) =>
    operations.rollbackTransaction(input, credentials),
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
}

async function readBody(request: IncomingMessage, limits: Limits): Promise<string> {
  const chunks: Buffer[] = []
  // Each with a colon, a blank and a line's end, as it was sent.
  let bytes = request.rawHeaders.reduce((sum, text) => sum + Buffer.byteLength(text) + 2, 0)
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    // Read to the end all the same: a caller that is still sending would not see the answer.
    if (bytes <= limits.requestBytes) chunks.push(chunk)
  }
  if (bytes > limits.requestBytes) {
    throw new DataApiError(
      'BadRequestException',
      `Request size of ${bytes} bytes exceeds the limit of ${limits.requestBytes} bytes.`,
    )
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parseBody(text: string): DataApiRequest {
  try {
    const value = parseRequest(text)
    if (typeof value === 'object' && value !== null) return value
  } catch {
    // Falls through to the same answer as for JSON that is no object.
  }
  throw new DataApiError('BadRequestException', 'The request body is not a JSON object.')
}

function readCredentials(request: IncomingMessage): Credentials {
  const read = (name: string): string => {
    const value = request.headers[name]
    if (typeof value !== 'string') {
      throw new DataApiError('ForbiddenException', `The header ${name} is missing.`)
    }
    try {
      return decodeURIComponent(value)
    } catch {
      throw new DataApiError('ForbiddenException', `The header ${name} is not percent-encoded.`)
    }
  }
  return { username: read('x-database-username'), password: read('x-database-password') }
}

function sendResult(response: ServerResponse, result: unknown, limits: Limits): void {
  const text = JSON.stringify(result)
  if (Buffer.byteLength(text) > limits.responseBytes) {
    // Field names count too: many small values pass the limit before their data does.
    sendError(response, responseTooLarge(limits))
    return
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(text)
}

function sendError(response: ServerResponse, error: DataApiError): void {
  response
    .writeHead(error.status, {
      'content-type': 'application/json',
      'x-amzn-errortype': error.name,
    })
    .end(JSON.stringify({ message: error.message }))
}
