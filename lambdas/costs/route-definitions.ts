import { emptyQuery } from '../platform/request-fields.ts'
import { defineRoute } from '../platform/route.ts'
import {
  costsQuery,
  costsResponse,
  coverageQuery,
  coverageResponse,
  llmCallsBody,
  llmCallsResponse,
  unitPath,
  unitQuery,
  unitResponse,
  unitsQuery,
  unitsResponse,
} from './schema.ts'

/** What the cost API takes and answers. */
export const costRouteDefinitions = {
  costs: defineRoute({
    method: 'GET',
    path: '/ops/costs',
    summary: 'Costs, calls and tokens of a period by any dimensions',
    querySchema: costsQuery,
    responseSchema: costsResponse,
  }),
  units: defineRoute({
    method: 'GET',
    path: '/ops/costs/units',
    summary: 'What the units of a workload cost, against its goals',
    querySchema: unitsQuery,
    responseSchema: unitsResponse,
  }),
  unit: defineRoute({
    method: 'GET',
    path: '/ops/costs/units/{type}/{id}',
    summary: 'The calls of one unit',
    querySchema: unitQuery,
    pathSchema: unitPath,
    responseSchema: unitResponse,
  }),
  coverage: defineRoute({
    method: 'GET',
    path: '/ops/coverage',
    summary: 'Share of the LLM calls that are traced, and of the traced calls that have a price',
    querySchema: coverageQuery,
    responseSchema: coverageResponse,
  }),
  llmCalls: defineRoute({
    method: 'POST',
    path: '/ops/llm-calls',
    summary: 'Report how many LLM calls an application made, traced or not',
    querySchema: emptyQuery,
    bodySchema: llmCallsBody,
    responseSchema: llmCallsResponse,
  }),
} as const
