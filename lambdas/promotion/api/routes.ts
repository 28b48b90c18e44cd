import type * as z from 'zod'
import type { EnvironmentConfig } from '../../../config/environments.ts'
import { dayOf, startOfDay } from '../../domain/period.ts'
import { Problem } from '../../domain/problem.ts'
import { completePeriod } from '../../platform/request-fields.ts'
import { Reply, type Route, route } from '../../platform/route.ts'
import { approveVersion, unknownVersion } from '../approve-version.ts'
import { findGuarded, type Guarded } from '../guarded.ts'
import type { GatePorts } from '../ports.ts'
import { promote } from '../promote.ts'
import { readLedger } from '../read-ledger.ts'
import { type IndicatorPorts, reportIndicators } from '../report-indicators.ts'
import { rollBack, rollbackProblem } from '../roll-back.ts'
import { describeEntry, describeOutcome } from './describe-promotion.ts'
import { promotionRouteDefinitions } from './route-definitions.ts'
import type { indicatorsResponse } from './schema.ts'

/** What the routes need from outside. */
export interface PromotionApi extends GatePorts, IndicatorPorts {
  readonly config: Pick<EnvironmentConfig, 'timeZone'>
}

type Kind = Guarded['kind']

/** The routes of the promotion API. */
export function promotionRoutes(api: PromotionApi): Route[] {
  const definitions = promotionRouteDefinitions
  const { workloads, ledger, gatekeeper } = api
  const { timeZone } = api.config

  function guardedOf(kind: Kind, name: string): Guarded {
    const guarded = findGuarded(workloads, name)
    if (guarded?.kind === kind) return guarded
    throw new Problem({
      status: 404,
      title: 'Nothing is guarded by that name',
      detail:
        guarded === undefined
          ? `No workload's gate names the ${kind} ${name}: its production is moved in MLflow, as before. Name it in config/workloads.ts to guard it.`
          : `${name} is a ${guarded.kind}: use /ops/${guarded.kind}s.`,
    })
  }

  const promotion = (kind: Kind): Route =>
    route(
      kind === 'model' ? definitions.promoteModel : definitions.promotePrompt,
      async ({ path, body, caller }) => {
        requireIdentity(caller)
        const guarded = guardedOf(kind, path.name)
        const { version, reason, dryRun } = body
        const asked = { guarded, version, reason, dryRun, requester: caller }
        const outcome = await promote(asked, api)
        switch (outcome.kind) {
          case 'unknown version':
            throw unknownVersion(guarded, version)
          case 'overtaken':
            throw new Problem({
              status: 409,
              title: 'Production moved meanwhile',
              detail: `production of ${path.name} moved from ${nameOf(outcome.from)} to ${nameOf(outcome.now)} while this was decided. Ask again: the decision is made against what is there then.`,
            })
          default: {
            const status = { promoted: 201, refused: 409, 'dry run': 200, unchanged: 200 }
            return new Reply(status[outcome.kind], describeOutcome(asked, outcome))
          }
        }
      },
    )

  const onePromotion = (kind: Kind): Route =>
    route(
      kind === 'model' ? definitions.modelPromotion : definitions.promptPromotion,
      async ({ path }) => {
        const { name } = guardedOf(kind, path.name)
        const entry = await ledger.entry(path.id)
        const decided = entry?.action === 'promotion' || entry?.action === 'refusal'
        if (entry !== undefined && decided && entry.name === name) return describeEntry(entry, kind)
        throw new Problem({
          status: 404,
          title: 'No such promotion',
          detail: `Entry ${path.id} of the ledger is no promotion or refusal of ${name}. GET /ops/ledger?name=… lists them.`,
        })
      },
    )

  const approval = (kind: Kind): Route =>
    route(
      kind === 'model' ? definitions.approveModel : definitions.approvePrompt,
      async ({ path, body, caller }) => {
        requireIdentity(caller)
        const guarded = guardedOf(kind, path.name)
        return approveVersion({ guarded, ...body, approver: caller }, api)
      },
    )

  const rollback = (kind: Kind): Route =>
    route(
      kind === 'model' ? definitions.rollBackModel : definitions.rollBackPrompt,
      async ({ path, body, caller }) => {
        requireIdentity(caller)
        const guarded = guardedOf(kind, path.name)
        const outcome = await rollBack({ guarded, ...body, requester: caller }, api)
        if (outcome.kind === 'refused') throw rollbackProblem(outcome.reason)
        return { entries: outcome.entries }
      },
    )

  return [
    ...(['model', 'prompt'] as const).flatMap((kind) => [
      promotion(kind),
      onePromotion(kind),
      approval(kind),
      rollback(kind),
    ]),
    route(definitions.ledger, async ({ query: { from, to, order, ...query } }) =>
      readLedger(gatekeeper, {
        ...query,
        ...(from !== undefined && { from: startOfDay(from, timeZone).toISOString() }),
        ...(to !== undefined && { until: startOfDay(to, timeZone).toISOString() }),
        ascending: order === 'oldest',
      }),
    ),
    route(definitions.indicators, async ({ query }) => {
      const workload = workloads.find(({ name }) => name === query.workload)
      if (workload === undefined) throw new Error(`There is no workload ${query.workload}.`)
      const { from, to } = completePeriod(query, dayOf(api.now(), timeZone))
      const indicators = await reportIndicators(
        workload,
        {
          from: startOfDay(from, timeZone).toISOString(),
          until: startOfDay(to, timeZone).toISOString(),
        },
        api,
      )
      return { workload: workload.name, from, to, timeZone, indicators } satisfies z.input<
        typeof indicatorsResponse
      >
    }),
  ]
}

/** Nothing is decided for, and nothing is recorded of, somebody who is not known. */
function requireIdentity(caller: string): void {
  if (caller !== 'unknown') return
  throw new Problem({
    status: 403,
    title: 'Nobody knows who asks',
    detail: 'The request does not say who asks: sign it with IAM.',
  })
}

function nameOf(version: number | null): string {
  return version === null ? 'nothing' : `version ${version}`
}
