import * as z from 'zod'
import type { EnvironmentConfig } from '../../config/environments.ts'
import type { Workload } from '../domain/workload.ts'
import { dayOf, type Period } from '../domain/period.ts'
import type { Database } from '../platform/data-api.ts'
import { type AnyRoute, invalidRequest, route } from '../platform/http.ts'
import { describeRoutes } from './openapi.ts'
import { recordReportedCalls } from './report-calls.ts'
import { reportCosts } from './report-costs.ts'
import { reportCoverage } from './report-coverage.ts'
import { reportUnit, reportUnits } from './report-units.ts'
import {
  completePeriod,
  costsQuery,
  costsResponse,
  coverageQuery,
  coverageResponse,
  emptyQuery,
  llmCallsBody,
  llmCallsResponse,
  unitPath,
  unitQuery,
  unitResponse,
  unitsQuery,
  unitsResponse,
} from './schema.ts'

/** What the routes need from outside. */
export interface CostApi {
  readonly database: Database
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  readonly now: () => Date
}

/** The routes of the cost API. */
export function costRoutes({ database, config, workloads, now }: CostApi): AnyRoute[] {
  const { timeZone } = config

  function periodOf(asked: { from?: string | undefined; to?: string | undefined }): Period {
    const completed = completePeriod(asked, dayOf(now(), timeZone))
    if ('violation' in completed) throw invalidRequest([completed.violation])
    return completed.period
  }

  const routes: AnyRoute[] = [
    route({
      method: 'GET',
      path: '/ops/costs',
      summary: 'Costs, calls and tokens of a period by any dimensions',
      querySchema: costsQuery,
      responseSchema: costsResponse,
      respond: async ({ query }) =>
        reportCosts(database, {
          ...query,
          period: periodOf(query),
          timeZone,
          workload: query.workload,
        }),
    }),
    route({
      method: 'GET',
      path: '/ops/costs/units',
      summary: 'What the units of a workload cost, against its goals',
      querySchema: unitsQuery,
      responseSchema: unitsResponse,
      respond: async ({ query }) => {
        const units = workloads.find(({ name }) => name === query.workload)?.units ?? []
        const unitType = query.type ?? units[0]?.type
        if (unitType === undefined) {
          throw invalidRequest([
            {
              field: 'type',
              message: `is needed: the workload ${query.workload} has no unit of its own`,
            },
          ])
        }
        return reportUnits(database, {
          period: periodOf(query),
          timeZone,
          workload: query.workload,
          unitType,
          goals: units.find(({ type }) => type === unitType)?.goals ?? [],
          limit: query.limit,
        })
      },
    }),
    route({
      method: 'GET',
      path: '/ops/costs/units/{type}/{id}',
      summary: 'The calls of one unit',
      querySchema: unitQuery,
      pathSchema: unitPath,
      responseSchema: unitResponse,
      respond: async ({ query, path }) =>
        reportUnit(database, path, { ...query, workload: query.workload }),
    }),
    route({
      method: 'GET',
      path: '/ops/coverage',
      summary: 'Share of the LLM calls that are traced, and of the traced calls that have a price',
      querySchema: coverageQuery,
      responseSchema: coverageResponse,
      respond: async ({ query }) =>
        reportCoverage(
          database,
          { period: periodOf(query), timeZone, workload: query.workload },
          workloads,
        ),
    }),
    route({
      method: 'POST',
      path: '/ops/llm-calls',
      summary: 'Report how many LLM calls an application made, traced or not',
      querySchema: emptyQuery,
      bodySchema: llmCallsBody,
      responseSchema: llmCallsResponse,
      respond: async ({ body, caller }) =>
        recordReportedCalls(database, body, { timeZone, caller, now: now() }),
    }),
    route({
      method: 'GET',
      path: '/ops/openapi.json',
      summary: 'This document',
      querySchema: emptyQuery,
      responseSchema: z.looseObject({ openapi: z.string() }),
      respond: async () => describeRoutes(routes),
    }),
  ]
  return routes
}
