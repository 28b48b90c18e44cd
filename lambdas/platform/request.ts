import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type * as z from 'zod'
import { invalidRequest, Problem, type Violation } from '../domain/problem.ts'
import type { Request, RouteDefinition } from './route.ts'

/** A request of an HTTP API with IAM authorization, payload 2.0. */
export type HttpEvent = APIGatewayProxyEventV2 & {
  requestContext: { authorizer?: { iam?: { userArn?: string } } }
}

/** Most bytes of a body that a route reads. */
const mostBytes = 512 * 1024

/** The parameter at the end of a path. */
export const lastParameter = /\{(\w+)\}$/

/** The parts of a request as the route's schemas make them. Throws a 400, 413 or 415 that says what is wrong. */
export function readRequest(
  definition: RouteDefinition,
  event: HttpEvent,
): Request<unknown, unknown, unknown> {
  const violations: Violation[] = []
  const query = check(definition.querySchema, queryOf(event), '', violations)
  const path = definition.pathSchema
    ? check(definition.pathSchema, pathOf(definition, event), '', violations)
    : {}
  const body = definition.bodySchema
    ? check(definition.bodySchema, jsonBody(event), 'body', violations)
    : undefined
  if (violations.length > 0) throw invalidRequest(violations)
  return {
    query,
    path,
    body,
    caller: event.requestContext.authorizer?.iam?.userArn ?? 'unknown',
  }
}

function check(
  schema: z.ZodType,
  value: unknown,
  prefix: string,
  violations: Violation[],
): unknown {
  const unstorable = findUnstorable(value)
  if (unstorable !== undefined) {
    violations.push({ field: prefix || 'request', message: unstorable })
    return undefined
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  // A body of a thousand wrong reports needs no list of a thousand.
  for (const issue of result.error.issues.slice(0, 20)) {
    const field = [prefix, ...issue.path.map(String)].filter(Boolean).join('.') || 'request'
    violations.push({ field, message: issue.message })
  }
  return undefined
}

/**
 * What in a value no schema tells but neither a database nor an object can keep: NUL, half of a surrogate pair, and a
 * key that stands for an object's prototype. `undefined` when there is none of it.
 */
function findUnstorable(value: unknown): string | undefined {
  // A list of what is still to be seen: a body may be nested deeper than calls may be.
  const rest: unknown[] = [value]
  while (rest.length > 0) {
    const next = rest.pop()
    if (typeof next === 'string') {
      if (next.includes('\u0000')) return 'holds the character U+0000, which cannot be kept'
      if (!next.isWellFormed()) return 'holds half of a surrogate pair'
    } else if (typeof next === 'object' && next !== null) {
      const keys = Object.keys(next)
      if (keys.includes('__proto__')) return 'has a key __proto__, which cannot be kept'
      if (!Array.isArray(next)) for (const key of keys) rest.push(key)
      for (const one of Object.values(next)) rest.push(one)
    }
  }
  return undefined
}

/** The query, in which a key that occurs twice is an error: HTTP APIs join such values by a comma. */
function queryOf(event: HttpEvent): Record<string, string> {
  const keys = [...new URLSearchParams(event.rawQueryString).keys()]
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  if (twice !== undefined) {
    throw invalidRequest([{ field: twice, message: 'is given twice; give it once' }])
  }
  return Object.fromEntries(new URLSearchParams(event.rawQueryString))
}

function pathOf(definition: RouteDefinition, event: HttpEvent): Record<string, string | undefined> {
  const { proxy, ...parameters } = event.pathParameters ?? {}
  const last = lastParameter.exec(definition.path)?.[1]
  return last === undefined ? parameters : { ...parameters, [last]: proxy }
}

function jsonBody(event: HttpEvent): unknown {
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
