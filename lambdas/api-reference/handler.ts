import * as z from 'zod'
import { costRouteDefinitions } from '../costs/route-definitions.ts'
import { evaluationRouteDefinitions } from '../evaluation/api/route-definitions.ts'
import { httpHandler } from '../platform/http.ts'
import { describeRoutes } from '../platform/openapi.ts'
import { emptyQuery } from '../platform/request-fields.ts'
import { defineRoute, route } from '../platform/route.ts'
import { promotionRouteDefinitions } from '../promotion/api/route-definitions.ts'

const reference = defineRoute({
  method: 'GET',
  path: '/ops/openapi.json',
  summary: 'This document',
  querySchema: emptyQuery,
  responseSchema: z.looseObject({ openapi: z.string() }),
})

/** Every route of the platform's API, whichever function answers it. */
const offered = [
  ...Object.values(costRouteDefinitions),
  ...Object.values(evaluationRouteDefinitions),
  ...Object.values(promotionRouteDefinitions),
  reference,
]

/** Describes the API, and answers for every path of `/ops` that nothing else does. */
export const handler = httpHandler(
  'api-reference',
  [route(reference, async () => describeRoutes(offered))],
  offered,
)
