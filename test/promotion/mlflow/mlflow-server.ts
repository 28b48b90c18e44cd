import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the server got it. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** What the server answers. */
export interface Reply {
  readonly status: number
  readonly body?: Buffer | string
  readonly contentType?: string
}

/** A real HTTP server that plays MLflow behind the front door's internal route. */
export interface MlflowServer {
  readonly url: string
  readonly received: Received[]
  answer: (request: Received) => Reply | 'hang up'
  close(): Promise<void>
}

export async function startMlflowServer(): Promise<MlflowServer> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks),
      }
      received.push(one)
      const reply = running.answer(one)
      if (reply === 'hang up') {
        request.socket.destroy()
        return
      }
      response.writeHead(reply.status, {
        ...(reply.contentType !== undefined && { 'content-type': reply.contentType }),
      })
      response.end(reply.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const running: MlflowServer = {
    url: `http://127.0.0.1:${port}/_mlflow`,
    received,
    answer: () => ({ status: 200, body: '{}', contentType: 'application/json' }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return running
}
