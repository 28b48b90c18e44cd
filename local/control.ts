import { timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import * as z from 'zod'

const pair = z.object({ containerName: z.string(), condition: z.string() })

const serviceSchema = z.object({
  service: z.string(),
  cluster: z.string(),
  containers: z.array(
    z.object({
      name: z.string(),
      essential: z.boolean(),
      dependsOn: z.array(pair),
      image: z.string(),
      entryPoint: z.array(z.string()),
      command: z.array(z.string()),
      environment: z.record(z.string(), z.string()),
    }),
  ),
})

/** What the control endpoint lets others ask of the supervisor. */
export interface Controls {
  /** Resolves when the ECS service is healthy. */
  readonly putService: (service: z.infer<typeof serviceSchema>) => Promise<void>
  /** False when there is none of this name. */
  readonly deleteService: (name: string) => Promise<boolean>
  /** Ends a process and starts it again; false when there is none of this name. */
  readonly restart: (name: string) => Promise<boolean>
  /** Ends a process until it is restarted; false when there is none of this name that the stack can do without. */
  readonly stop: (name: string) => Promise<boolean>
  readonly processes: () => { name: string; pid: number }[]
}

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** What is asked here is run, and other users of the machine can reach the port too. */
const refuseStrangers = (request: IncomingMessage, token: string): void => {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new Refused(401, 'Send the token of this stack as a bearer token.')
}

/**
 * A web page in the user's browser can send requests to 127.0.0.1 too, and a service given here is
 * run. A browser names its origin or asks first about JSON, and a name that was rebound to
 * 127.0.0.1 stays in the host header.
 */
const refuseBrowsers = (request: IncomingMessage): void => {
  const host = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (host !== '127.0.0.1' && host !== 'localhost') throw new Refused(403, `Not for ${host}.`)
  if (request.headers.origin !== undefined) throw new Refused(403, 'Not for web pages.')
  const type = request.headers['content-type'] ?? ''
  if (request.method === 'POST' && !type.startsWith('application/json'))
    throw new Refused(415, 'Send application/json.')
}

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refused(400, 'The body is not JSON.')
  }
}

const answer = async (
  request: IncomingMessage,
  token: string,
  controls: Controls,
): Promise<unknown> => {
  refuseBrowsers(request)
  refuseStrangers(request, token)
  const [first, second, third] = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    .slice(1)
    .split('/')
    .map(decodeURIComponent)
  const route = `${request.method} /${[first, second].filter(Boolean).join('/')}`
  if (route === 'POST /ecs/services') {
    const service = serviceSchema.safeParse(await readJson(request))
    if (!service.success) throw new Refused(400, z.prettifyError(service.error))
    await controls.putService(service.data)
    return { service: service.data.service }
  }
  if (route === 'DELETE /ecs/services' && third) {
    if (!(await controls.deleteService(third))) throw new Refused(404, `No service ${third} runs.`)
    return { service: third }
  }
  if (route === 'GET /processes') return { processes: controls.processes() }
  if (request.method === 'POST' && first === 'processes' && second) {
    const act =
      third === 'restart' ? controls.restart : third === 'stop' ? controls.stop : undefined
    if (act !== undefined) {
      if (!(await act(second))) throw new Refused(404, `No process ${second} runs.`)
      return { processes: controls.processes() }
    }
  }
  throw new Refused(404, `There is no ${request.method} ${request.url}.`)
}

/** Serves the supervisor's control endpoint on 127.0.0.1, to those who know the token. */
export const serveControl = async (
  port: number,
  token: string,
  controls: Controls,
): Promise<Server> => {
  const server = createServer((request, response) => {
    answer(request, token, controls)
      .then(
        (body) => ({ status: 200, body }),
        (error: Error) => ({
          status: error instanceof Refused ? error.status : 500,
          body: { error: error.message },
        }),
      )
      .then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(JSON.stringify(body))
      })
      .catch(() => response.destroy())
  })
  // Starting a service takes as long as it takes.
  server.requestTimeout = 0
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
