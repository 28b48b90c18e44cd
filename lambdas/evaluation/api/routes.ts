import type { EnvironmentConfig } from '../../../config/environments.ts'
import { dayOf } from '../../domain/period.ts'
import { invalidRequest } from '../../domain/problem.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import type { Database } from '../../platform/data-api.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import { completePeriod } from '../../platform/request-fields.ts'
import { Reply, type Route, route } from '../../platform/route.ts'
import type { StateMachine } from '../../platform/state-machine.ts'
import { cancelEvaluation } from '../start/cancel-evaluation.ts'
import { startEvaluation } from '../start/start-evaluation.ts'
import { readRows } from './read-rows.ts'
import { reportBestRun } from './report-best-run.ts'
import { reportComparison } from './report-comparison.ts'
import { describeWhole, findEvaluation, listEvaluations } from './report-evaluations.ts'
import { recordOutcomes, summarizeOutcomes } from './report-outcomes.ts'
import { reportWorkload, reportWorkloads } from './report-workloads.ts'
import { evaluationRouteDefinitions } from './route-definitions.ts'

/** Most evaluations that callers may have under way at once; a schedule is not held up by them. */
const mostUnderWay = 20

/** What the routes need from outside. */
export interface EvaluationApi {
  readonly database: Database
  readonly artifacts: Artifacts
  readonly mlflow: Mlflow
  readonly stateMachine: StateMachine
  readonly config: EnvironmentConfig
  readonly workloads: readonly Workload[]
  readonly frontDoorUrl: string
  readonly now: () => Date
  readonly newId: () => string
}

/** The routes of the evaluation API. */
export function evaluationRoutes(api: EvaluationApi): Route[] {
  const { database, workloads, config } = api
  const { timeZone } = config
  const definitions = evaluationRouteDefinitions

  function workloadOf(name: string): Workload {
    const workload = workloads.find((each) => each.name === name)
    if (workload !== undefined) return workload
    throw invalidRequest([{ field: 'workload', message: `there is no workload ${name}` }])
  }

  return [
    route(definitions.start, async ({ body, caller }) => {
      const { idempotencyKey, ...wish } = body
      const { evaluation, isNew } = await startEvaluation(wish, {
        ...api,
        idempotencyKey,
        requestedBy: caller,
        mostUnderWay,
      })
      const described = await describeWhole(database, evaluation, api)
      return isNew ? described : new Reply(200, described)
    }),
    route(definitions.list, async ({ query }) => listEvaluations(database, query, api)),
    route(definitions.one, async ({ path }) => findEvaluation(database, path.id, api)),
    route(definitions.rows, async ({ path, query }) => readRows(path.id, query, api)),
    route(definitions.cancel, async ({ path, caller }) =>
      describeWhole(database, await cancelEvaluation(path.id, caller, api), api),
    ),
    route(definitions.reportOutcomes, async ({ body, caller }) =>
      recordOutcomes(database, body, { workloads, caller, now: api.now() }),
    ),
    route(definitions.outcomes, async ({ query }) =>
      summarizeOutcomes(database, {
        ...query,
        period: completePeriod(query, dayOf(api.now(), timeZone)),
        timeZone,
        workloads,
      }),
    ),
    route(definitions.compare, async ({ body }) => reportComparison(body, api)),
    route(definitions.workloads, async () => reportWorkloads({ ...api, now: api.now() })),
    route(definitions.workload, async ({ path }) =>
      reportWorkload(workloadOf(path.workload), { ...api, now: api.now() }),
    ),
    route(definitions.bestRun, async ({ path, query }) =>
      reportBestRun(workloadOf(path.workload), query, api),
    ),
  ]
}
