import type * as z from 'zod'
import type { Goal } from '../domain/goal.ts'
import { verdictOf } from '../domain/goal.ts'
import { toUsd } from '../domain/money.ts'
import type { Period } from '../domain/period.ts'
import { Problem } from '../domain/problem.ts'
import type { Statements } from '../platform/data-api.ts'
import type { unitResponse, unitsResponse } from './schema.ts'

/** How the cost of a workload's units is distributed; `null` where there are no units. Nano-USD. */
export interface UnitCosts {
  readonly units: number
  readonly unitsWithUnpricedCalls: number
  readonly p50NanoUsd: number | null
  readonly p95NanoUsd: number | null
  readonly maxNanoUsd: number | null
  readonly meanNanoUsd: number | null
}

/** Which units: those with a call in the period, each with its whole cost until the period's end. */
interface UnitQuestion {
  readonly period: Period
  readonly workload: string
  readonly unitType: string
}

/**
 * Each unit is looked up by its key, whatever Postgres guesses of rows that came after its last analyze: guessed to be
 * few, all were compared with all, for minutes. `day + 0` keeps the look-up from the index by day.
 */
const unitsInPeriod = `
  select touched.unit_id, whole.*
  from (
    select distinct unit_id from ops.unit_cost
    where workload = :workload and unit_type = :unitType and day >= :from::date and day < :to::date
  ) touched
  cross join lateral (
    select sum(cost_nano) as cost_nano, sum(calls) as calls, sum(calls - priced_calls) as unpriced_calls
    from ops.unit_cost
    where workload = :workload and unit_type = :unitType and unit_id = touched.unit_id and day + 0 < :to::date
  ) whole`

/** Percentiles are of the units that exist (`percentile_disc`): each is the cost of some unit. */
export async function measureUnitCosts(
  statements: Statements,
  question: UnitQuestion,
): Promise<UnitCosts> {
  const [row] = await statements.query<UnitCosts>(
    `select count(*) as units,
       count(*) filter (where unpriced_calls > 0) as "unitsWithUnpricedCalls",
       percentile_disc(0.5) within group (order by cost_nano)::bigint as "p50NanoUsd",
       percentile_disc(0.95) within group (order by cost_nano)::bigint as "p95NanoUsd",
       max(cost_nano)::bigint as "maxNanoUsd",
       round(avg(cost_nano))::bigint as "meanNanoUsd"
     from (${unitsInPeriod}) unit`,
    parametersOf(question),
  )
  if (row === undefined) throw new Error('An aggregate returned no row.')
  return row
}

/** Goals on unit costs with their verdicts. */
export function judgeUnitCosts(
  costs: UnitCosts,
  goals: readonly Goal[],
): z.input<typeof unitsResponse>['goals'] {
  const values: Readonly<Record<string, number | null>> = {
    unit_cost_p50: costs.p50NanoUsd,
    unit_cost_p95: costs.p95NanoUsd,
    unit_cost_max: costs.maxNanoUsd,
  }
  return goals.map((goal) => {
    const nanoUsd = values[goal.metric] ?? null
    const value = nanoUsd === null ? null : toUsd(nanoUsd)
    return {
      metric: goal.metric,
      comparator: goal.comparator,
      target: goal.target,
      minSamples: goal.minSamples ?? 1,
      value,
      samples: costs.units,
      verdict: verdictOf(goal, { value, samples: costs.units }),
    }
  })
}

/** The distribution, the goals and the most expensive units of a workload. */
export async function reportUnits(
  statements: Statements,
  question: UnitQuestion & {
    readonly timeZone: string
    readonly goals: readonly Goal[]
    readonly limit: number
  },
): Promise<z.input<typeof unitsResponse>> {
  const [costs, mostExpensive] = await Promise.all([
    measureUnitCosts(statements, question),
    statements.query<{ id: string; calls: number; unpricedCalls: number; costNanoUsd: number }>(
      `select unit_id as id, calls::bigint as calls, unpriced_calls::bigint as "unpricedCalls",
         cost_nano::bigint as "costNanoUsd"
       from (${unitsInPeriod}) unit order by cost_nano desc, unit_id limit :limit`,
      { ...parametersOf(question), limit: question.limit },
    ),
  ])
  return {
    definition: 'unit_cost v1',
    period: { ...question.period, timeZone: question.timeZone },
    workload: question.workload,
    unitType: question.unitType,
    ...costs,
    goals: judgeUnitCosts(costs, question.goals),
    mostExpensive,
  }
}

function parametersOf({ period, workload, unitType }: UnitQuestion) {
  return { from: period.from, to: period.to, workload, unitType }
}

/** One unit with its calls, newest first. Throws a 404 when no call ever named it. */
export async function reportUnit(
  statements: Statements,
  unit: { readonly type: string; readonly id: string },
  asked: { readonly workload: string | undefined; readonly limit: number; readonly offset: number },
): Promise<z.input<typeof unitResponse>> {
  const parameters = { type: unit.type, id: unit.id, workload: asked.workload ?? null }
  const ofUnit = `unit_type = :type and unit_id = :id and (:workload::text is null or workload = :workload::text)`
  const [[total], [kept], rows] = await Promise.all([
    statements.query<{ calls: number | null; costNanoUsd: number | null }>(
      `select sum(calls)::bigint as calls, sum(cost_nano)::bigint as "costNanoUsd"
       from ops.unit_cost where ${ofUnit}`,
      parameters,
    ),
    statements.query<{ calls: number }>(
      `select count(*) as calls from ops.llm_call where ${ofUnit} and unit_id <> '' and status <> 'nested'`,
      parameters,
    ),
    statements.query<UnitCallRow>(
      `select c.workload, c.trace_id as "traceId", c.span_id as "spanId",
         to_char(c.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "startedAt",
         c.provider, c.model, c.mode, c.prompt_version as "promptVersion", c.country, c.status, c.reason,
         c.input_tokens as "inputTokens", c.cached_input_tokens as "cachedInputTokens",
         c.cache_write_tokens as "cacheWriteTokens", c.output_tokens as "outputTokens",
         c.reasoning_tokens as "reasoningTokens", c.cost_nano as "costNanoUsd",
         c.mlflow_cost_nano as "mlflowCostNanoUsd", p.source as "priceSource",
         p.source_version as "priceVersion", p.matched_model as "priceModel", c.tier
       from (select * from ops.llm_call where ${ofUnit} and unit_id <> '' and status <> 'nested'
             order by started_at desc, span_id limit :limit offset :offset) c
       left join ops.price p on p.price_id = c.price_id
       order by c.started_at desc, c.span_id`,
      { ...parameters, limit: asked.limit + 1, offset: asked.offset },
    ),
  ])
  if (total === undefined || total.calls === null) {
    throw new Problem({
      status: 404,
      title: 'No such unit',
      detail:
        `No settled call names the unit ${unit.type}/${unit.id}. It is named by the trace tags ` +
        `ops.unit.type and ops.unit.id; calls are settled every hour.`,
    })
  }
  return {
    definition: 'unit_cost v1',
    unitType: unit.type,
    unitId: unit.id,
    calls: total.calls,
    costNanoUsd: total.costNanoUsd ?? 0,
    expiredCalls: total.calls - (kept?.calls ?? 0),
    rows: rows.slice(0, asked.limit).map(toCall),
    truncated: rows.length > asked.limit,
  }
}

type UnitCall = z.input<typeof unitResponse>['rows'][number]

type UnitCallRow = Omit<UnitCall, 'price'> & {
  readonly priceSource: string | null
  readonly priceVersion: string | null
  readonly priceModel: string | null
  readonly tier: number | null
}

function toCall({ priceSource, priceVersion, priceModel, tier, ...call }: UnitCallRow): UnitCall {
  return {
    ...call,
    price:
      priceSource === null
        ? null
        : {
            source: priceSource,
            version: priceVersion ?? '',
            model: priceModel ?? '',
            tierAboveInputTokens: tier ?? 0,
          },
  }
}
