import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { PlatformEvent } from '../../lambdas/platform/events.ts'

/** Where a process dies at one of its calls: the call is never made, or its answer never taken, or it is the last. */
export const waysToDie = ['before', 'during', 'after'] as const

export type WayToDie = (typeof waysToDie)[number]

export interface Death {
  /** Of the calls in their order, from 1 on. */
  readonly call: number
  readonly way: WayToDie
  /** Ends the process at once. */
  readonly kill: () => void
}

/** All that a process can reach outside. */
export interface Passage {
  /** Stands for the Data API, for MLflow and for EventBridge. */
  readonly address: string
  /** What has been called, in order. */
  readonly calls: readonly string[]
  /** Details of the events that were sent. */
  readonly events: readonly PlatformEvent['detail'][]
  /** Ends it when nothing of what was let through is under way any more. */
  close(): Promise<void>
}

/** Opens the passage of one process, which dies in it or does not. Of a dead process nothing is let through. */
export async function openPassage(
  upstream: { readonly dataApi: string; readonly mlflow: string },
  death?: Death,
): Promise<Passage> {
  const calls: string[] = []
  const events: PlatformEvent['detail'][] = []
  const underWay = new Set<Promise<unknown>>()
  let isDead = false

  async function carryOut(request: IncomingMessage, body: Buffer): Promise<Answer> {
    if (request.headers['x-amz-target'] !== undefined) {
      const { Entries } = JSON.parse(body.toString()) as { Entries: { Detail: string }[] }
      events.push(...Entries.map(({ Detail }) => JSON.parse(Detail) as PlatformEvent['detail']))
      return { status: 200, headers: {}, body: Buffer.from('{"FailedEntryCount":0,"Entries":[]}') }
    }
    const isMlflow = request.url?.startsWith('/api/') === true
    return passOn(isMlflow ? upstream.mlflow : upstream.dataApi, request, body)
  }

  const server = createServer((request, response) => {
    void buffer(request).then(async (body) => {
      if (isDead) return
      calls.push(nameOf(request))
      const way = calls.length === death?.call ? death.way : undefined
      const die = (): void => {
        isDead = true
        death?.kill()
      }
      if (way === 'before') return die()
      const carriedOut = carryOut(request, body)
      underWay.add(carriedOut)
      if (way === 'during') die()
      const answer = await carriedOut
      underWay.delete(carriedOut)
      if (isDead) return
      // What comes from now on comes after it.
      isDead = way === 'after'
      response.writeHead(answer.status, answer.headers)
      response.end(answer.body, way === 'after' ? die : undefined)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    events,
    async close() {
      await Promise.all(underWay)
      server.close()
      server.closeAllConnections()
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

async function passOn(
  address: string,
  { url = '', method = 'GET', headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const answer = await fetch(`${address}${url}`, {
    method,
    headers: { 'content-type': textOf(headers, 'content-type') },
    ...(method !== 'GET' && { body }),
  })
  const kept = ['content-type', 'x-amzn-errortype'].flatMap((name) => {
    const value = answer.headers.get(name)
    return value === null ? [] : [[name, value]]
  })
  return {
    status: answer.status,
    headers: Object.fromEntries(kept) as Record<string, string>,
    body: Buffer.from(await answer.arrayBuffer()),
  }
}

/** Such as `PutEvents`, `Execute`, `POST registered-models/alias`. */
function nameOf({ url = '', method = '', headers }: IncomingMessage): string {
  const target = textOf(headers, 'x-amz-target')
  if (target !== '') return target.split('.').at(-1) ?? ''
  const path = url.split('?')[0] ?? ''
  const ofMlflow = '/api/2.0/mlflow/'
  return path.startsWith(ofMlflow) ? `${method} ${path.slice(ofMlflow.length)}` : path.slice(1)
}

function textOf(headers: IncomingHttpHeaders, name: string): string {
  return String(headers[name] ?? '')
}
