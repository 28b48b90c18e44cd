import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** What an application was asked. */
export interface Asked {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: {
    readonly inputs: Readonly<Record<string, unknown>>
    readonly subject: unknown
    readonly evaluation: { readonly id: string; readonly row: string }
  }
}

/** An application under evaluation on a port of its own. */
export interface Application {
  readonly url: string
  readonly asked: readonly Asked[]
  /** The most requests that were under way at the same time. */
  readonly atOnce: () => number
}

/** Answers a request; `times` counts the requests for that row, from 1. */
export type Answering = (
  response: ServerResponse,
  asked: Asked,
  times: number,
  request: IncomingMessage,
) => unknown

/** Starts a server that lives as long as the test. */
export async function startApplication(answering: Answering): Promise<Application> {
  const asked: Asked[] = []
  let underWay = 0
  let atOnce = 0
  const server = createServer((request, response) => {
    underWay += 1
    atOnce = Math.max(atOnce, underWay)
    response.on('close', () => (underWay -= 1))
    void text(request).then((body) => {
      const one: Asked = {
        path: request.url ?? '',
        headers: request.headers,
        body: JSON.parse(body) as Asked['body'],
      }
      asked.push(one)
      const times = asked.filter((other) => other.body.evaluation.row === one.body.evaluation.row)
      return answering(response, one, times.length, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/answer`, asked, atOnce: () => atOnce }
}

/** Answers as the protocol asks. */
export function answer(response: ServerResponse, body: unknown): void {
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

/** Answers with an error. */
export function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, headers).end('no')
}
