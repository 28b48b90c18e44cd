import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import httpRouter from '@middy/http-router'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { Problem } from '../domain/problem.ts'
import { DatabaseNotReady } from './data-api.ts'
import { type HttpEvent, lastParameter, readRequest } from './request.ts'
import { Reply, type Route, type RouteDefinition } from './route.ts'

/**
 * The handler of an HTTP API (payload 2.0): routes, checks, and errors as RFC 9457 problem documents.
 * @param offered what a request for anything else is told that there is
 */
export function httpHandler(
  serviceName: string,
  routes: readonly Route[],
  offered: readonly RouteDefinition[] = routes,
) {
  const logger = new Logger({ serviceName })
  const router = httpRouter<HttpEvent, APIGatewayProxyStructuredResultV2>({
    routes: narrowFirst(routes).map((definition) => ({
      method: definition.method,
      path: definition.path.replace(lastParameter, '{proxy+}'),
      handler: async (event: HttpEvent) => serve(definition, event),
    })),
    notFoundResponse: ({ method, path }) => {
      throw unknownRoute(method, path, offered)
    },
  })
  return middy<HttpEvent, APIGatewayProxyStructuredResultV2>()
    .use(injectLambdaContext(logger))
    .before(({ event }) => {
      const { method, path } = event.requestContext.http
      // The router would take `/ops/costs/` for `/ops/costs`; a policy need not.
      if (path.endsWith('/')) throw unknownRoute(method, path, offered)
      // Whichever route of the gateway matched, the parameters are those of ours.
      event.pathParameters = {}
    })
    .onError((request) => {
      const problem = asProblem(request.error)
      if (problem.status >= 500) {
        const { error } = request
        logger.error('request failed', { error, cause: error?.cause })
      }
      request.response = problemResponse(problem)
    })
    .handler(router)
}

/**
 * The router takes the first route that matches, and one with a parameter at its end matches whatever begins like it:
 * `/ops/evaluations/{id}` also `/ops/evaluations/ev-1/rows`. So those come last, the longer ones first.
 */
function narrowFirst(routes: readonly Route[]): Route[] {
  const width = ({ path }: Route): number =>
    lastParameter.test(path) ? 1 / path.split('/').length : 0
  return routes.toSorted((left, right) => width(left) - width(right))
}

async function serve(
  definition: Route,
  event: HttpEvent,
): Promise<APIGatewayProxyStructuredResultV2> {
  const answer = await definition.respond(readRequest(definition, event))
  const reply =
    answer instanceof Reply ? answer : new Reply(definition.successStatus ?? 200, answer)
  return {
    statusCode: reply.status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
    body: JSON.stringify(reply.body),
  }
}

function unknownRoute(method: string, path: string, offered: readonly RouteDefinition[]): Problem {
  const list = offered.map((each) => `${each.method} ${each.path}`).join(', ')
  return new Problem({
    status: 404,
    title: 'No such route',
    detail: `There is no ${method} ${path}. There are: ${list}.`,
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
