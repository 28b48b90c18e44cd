import type { EnvironmentConfig } from '../../config/environments.ts'
import { dayOf, type Period } from '../domain/period.ts'
import { invalidRequest } from '../domain/problem.ts'
import type { Workload } from '../domain/workload.ts'
import type { Database } from '../platform/data-api.ts'
import { completePeriod } from '../platform/request-fields.ts'
import { type Route, route } from '../platform/route.ts'
import { recordReportedCalls } from './report-calls.ts'
import { reportCosts } from './report-costs.ts'
import { reportCoverage } from './report-coverage.ts'
import { reportUnit, reportUnits } from './report-units.ts'
import { costRouteDefinitions } from './route-definitions.ts'

/** What the routes need from outside. */
export interface CostApi {
  readonly database: Database
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  readonly now: () => Date
}

/** The routes of the cost API. */
export function costRoutes({ database, config, workloads, now }: CostApi): Route[] {
  const { timeZone } = config

  function periodOf(asked: { from?: string | undefined; to?: string | undefined }): Period {
    return completePeriod(asked, dayOf(now(), timeZone))
  }

  return [
    route(costRouteDefinitions.costs, async ({ query }) =>
      reportCosts(database, {
        ...query,
        period: periodOf(query),
        timeZone,
        workload: query.workload,
      }),
    ),
    route(costRouteDefinitions.units, async ({ query }) => {
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
    }),
    route(costRouteDefinitions.unit, async ({ query, path }) =>
      reportUnit(database, path, { ...query, workload: query.workload }),
    ),
    route(costRouteDefinitions.coverage, async ({ query }) =>
      reportCoverage(
        database,
        { period: periodOf(query), timeZone, workload: query.workload },
        workloads,
      ),
    ),
    route(costRouteDefinitions.llmCalls, async ({ body, caller }) =>
      recordReportedCalls(database, body, { timeZone, caller, now: now() }),
    ),
  ]
}
