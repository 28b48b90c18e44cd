import * as z from 'zod'
import type { AnyRoute } from '../platform/http.ts'

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

/** The OpenAPI 3.1 document of the routes, made of the schemas that check their requests. */
export function describeRoutes(routes: readonly AnyRoute[]): object {
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
      title: 'townin-mlops: costs and coverage',
      version: '1',
      description:
        'What LLM calls cost, by day, workload, model and unit of work. Requests are signed with AWS Signature ' +
        'Version 4 for the service execute-api. Money is in nano-USD.',
    },
    paths,
  }
}

function describeRoute(route: AnyRoute): object {
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
      [route.successStatus ?? 200]: {
        description: 'The answer',
        content: { 'application/json': { schema: toJsonSchema(route.responseSchema, 'output') } },
      },
      400: problem('The request is not valid; `violations` says where'),
      403: { description: 'The caller may not use this route' },
      404: problem('There is no such thing'),
      ...(route.bodySchema && {
        409: problem('An id was used for something else'),
        413: problem('The body is too large'),
        415: problem('The body is not JSON'),
      }),
      429: { description: 'Too many requests' },
      503: problem('The database is waking up; try again after the time in Retry-After'),
    },
  }
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
