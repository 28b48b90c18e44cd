import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import httpRouter from '@middy/http-router'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type * as z from 'zod'
import { Problem, type Violation } from '../domain/problem.ts'
import { DatabaseNotReady } from './data-api.ts'

/** Most bytes of a body that a route reads. */
const mostBytes = 512 * 1024

/** The parameter at the end of a path. */
const lastParameter = /\{(\w+)\}$/

/** A request whose parts were checked against the schemas of its route. */
export interface Request<Query, Path, Body> {
  readonly query: Query
  readonly path: Path
  readonly body: Body
  /** ARN of the caller, from the request's signature. */
  readonly caller: string
}

/** A route: its schemas are what is checked, what is documented and what the types are made of. */
export interface Route<
  Query extends z.ZodType = z.ZodType,
  Path extends z.ZodType = z.ZodType,
  Body extends z.ZodType = z.ZodType,
> {
  readonly method: 'GET' | 'POST'
  /** Path with parameters, such as `/ops/costs/units/{type}/{id}`. */
  readonly path: string
  readonly summary: string
  readonly querySchema: Query
  readonly pathSchema?: Path
  readonly bodySchema?: Body
  readonly responseSchema: z.ZodType
  /** @default 200 */
  readonly successStatus?: number
  readonly respond: (
    request: Request<z.output<Query>, z.output<Path>, z.output<Body>>,
  ) => Promise<unknown>
}

/** A route whose schemas were forgotten, to keep different ones in one list. */
export type AnyRoute = Omit<Route, 'respond'> & {
  // oxlint-disable-next-line typescript/no-explicit-any -- the schemas of the route itself are the check
  readonly respond: (request: any) => Promise<unknown>
}

/** Keeps the types of a route's schemas while it is written. */
export function route<Query extends z.ZodType, Path extends z.ZodType, Body extends z.ZodType>(
  definition: Route<Query, Path, Body>,
): AnyRoute {
  return definition
}

type Event = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { iam?: { userArn?: string } } }
}

/** The handler of an HTTP API (payload 2.0): routes, checks, and errors as RFC 9457 problem documents. */
export function httpHandler(serviceName: string, routes: readonly AnyRoute[]) {
  const logger = new Logger({ serviceName })
  const router = httpRouter<Event, APIGatewayProxyStructuredResultV2>({
    routes: routes.map((definition) => ({
      method: definition.method,
      path: definition.path.replace(lastParameter, '{proxy+}'),
      handler: async (event: Event) => serve(definition, event),
    })),
    notFoundResponse: ({ method, path }) => {
      throw unknownRoute(method, path, routes)
    },
  })
  return middy<Event, APIGatewayProxyStructuredResultV2>()
    .use(injectLambdaContext(logger))
    .before(({ event }) => {
      const { method, path } = event.requestContext.http
      // The router would take `/ops/costs/` for `/ops/costs`; a policy need not.
      if (path.endsWith('/')) throw unknownRoute(method, path, routes)
      // Whichever route of the gateway matched, the parameters are those of ours.
      event.pathParameters = {}
    })
    .onError((request) => {
      const problem = asProblem(request.error)
      if (problem.status >= 500) logger.error('request failed', { error: request.error })
      request.response = problemResponse(problem)
    })
    .handler(router)
}

async function serve(
  definition: AnyRoute,
  event: Event,
): Promise<APIGatewayProxyStructuredResultV2> {
  const violations: Violation[] = []
  const query = check(definition.querySchema, queryOf(event), '', violations)
  const path = definition.pathSchema
    ? check(definition.pathSchema, pathOf(definition, event), '', violations)
    : {}
  const body = definition.bodySchema
    ? check(definition.bodySchema, jsonBody(event), 'body', violations)
    : undefined
  if (violations.length > 0) throw invalidRequest(violations)
  const caller = event.requestContext.authorizer?.iam?.userArn ?? 'unknown'
  const answer = await definition.respond({ query, path, body, caller })
  return {
    statusCode: definition.successStatus ?? 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(answer),
  }
}

/** A request that does not fit its schema. */
export function invalidRequest(violations: readonly Violation[]): Problem {
  return new Problem({
    status: 400,
    title: 'The request is not valid',
    detail: violations.map(({ field, message }) => `${field}: ${message}`).join('; '),
    violations,
  })
}

function check(
  schema: z.ZodType,
  value: unknown,
  prefix: string,
  violations: Violation[],
): unknown {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  // A body of a thousand wrong reports needs no list of a thousand.
  for (const issue of result.error.issues.slice(0, 20)) {
    const field = [prefix, ...issue.path.map(String)].filter(Boolean).join('.') || 'request'
    violations.push({ field, message: issue.message })
  }
  return undefined
}

/** The query, in which a key that occurs twice is an error: HTTP APIs join such values by a comma. */
function queryOf(event: Event): Record<string, string> {
  const keys = [...new URLSearchParams(event.rawQueryString).keys()]
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) {
    throw invalidRequest([{ field: twice, message: 'is given twice; give it once' }])
  }
  return Object.fromEntries(new URLSearchParams(event.rawQueryString))
}

/** The path parameters; the last one may hold slashes, as ids of claims do. */
function pathOf(definition: AnyRoute, event: Event): Record<string, string | undefined> {
  const { proxy, ...parameters } = event.pathParameters ?? {}
  const last = lastParameter.exec(definition.path)?.[1]
  return last === undefined ? parameters : { ...parameters, [last]: proxy }
}

function jsonBody(event: Event): unknown {
  const bytes = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8')
  if (bytes.length > mostBytes) {
    throw new Problem({
      status: 413,
      title: 'The body is too large',
      detail: `The body has ${bytes.length} bytes; send at most ${mostBytes} at a time.`,
    })
  }
  const type = event.headers['content-type'] ?? ''
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) {
    throw new Problem({
      status: 415,
      title: 'The body must be JSON',
      detail: `The content type is "${type}"; send application/json.`,
    })
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return JSON.parse(text)
  } catch (error) {
    throw new Problem({
      status: 400,
      title: 'The body is no JSON',
      detail: `The body cannot be read as JSON in UTF-8: ${error instanceof Error ? error.message : ''}`,
    })
  }
}

function unknownRoute(method: string, path: string, routes: readonly AnyRoute[]): Problem {
  const offered = routes.map((each) => `${each.method} ${each.path}`).join(', ')
  return new Problem({
    status: 404,
    title: 'No such route',
    detail: `There is no ${method} ${path}. There are: ${offered}.`,
  })
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof DatabaseNotReady) {
    return new Problem({
      status: 503,
      title: 'The database is waking up',
      detail: error.message,
      retryAfterSeconds: 15,
    })
  }
  return new Problem({
    status: 500,
    title: 'Something went wrong here',
    detail: 'The request could not be answered. The cause is in the log of this function.',
  })
}

function problemResponse(problem: Problem): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.retryAfterSeconds !== undefined && {
        'retry-after': String(problem.retryAfterSeconds),
      }),
    },
    body: JSON.stringify(problem),
  }
}
