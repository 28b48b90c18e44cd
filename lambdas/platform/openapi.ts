import * as z from 'zod'
import type { RouteDefinition } from './route.ts'

const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  violations: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
})

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: toJsonSchema(problemSchema, 'output') } },
})

/** The OpenAPI 3.1 document of routes, made of the schemas that check their requests. */
export function describeRoutes(routes: readonly RouteDefinition[]): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    paths[route.path] = {
      ...paths[route.path],
      [route.method.toLowerCase()]: describeRoute(route),
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'townin-mlops',
      version: '1',
      description:
        'What the AI of a team costs, how well it does, and whether it meets its goals. Requests are signed with AWS ' +
        'Signature Version 4 for the service execute-api. Money is in nano-USD where a name says so.',
    },
    paths,
  }
}

function describeRoute(route: RouteDefinition): object {
  const answer = toJsonSchema(route.responseSchema, 'output')
  const success = (description: string) => ({
    description,
    content: { 'application/json': { schema: answer } },
  })
  return {
    summary: route.summary,
    operationId: `${route.method.toLowerCase()} ${route.path}`.replaceAll(/\W+/g, '_'),
    parameters: [
      ...parameters(route.pathSchema, 'path'),
      ...parameters(route.querySchema, 'query'),
    ],
    ...(route.bodySchema && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: toJsonSchema(route.bodySchema, 'input') } },
      },
    }),
    responses: {
      [route.successStatus ?? 200]: success('The answer'),
      ...describeEach(route.otherSuccesses, success),
      400: problem('The request is not valid; `violations` says where'),
      403: { description: 'The caller may not use this route' },
      404: problem('There is no such thing'),
      ...(route.bodySchema && {
        409: problem('An id was used for something else'),
        413: problem('The body is too large'),
        415: problem('The body is not JSON'),
      }),
      ...describeEach(route.refusals, problem),
      429: { description: 'Too many requests' },
      503: problem(
        'The database is waking up, or something else is away; try again after the time in Retry-After',
      ),
    },
  }
}

function describeEach(
  statuses: Readonly<Record<number, string>> = {},
  describe: (description: string) => object,
): Record<string, object> {
  return Object.fromEntries(
    Object.entries(statuses).map(([status, description]) => [status, describe(description)]),
  )
}

function parameters(schema: z.ZodType | undefined, place: 'path' | 'query'): object[] {
  if (schema === undefined) return []
  const { properties = {}, required = [] } = toJsonSchema(schema, 'input') as {
    properties?: Record<string, { description?: string }>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...property }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description !== undefined && { description }),
    schema: property,
  }))
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  return rest
}
