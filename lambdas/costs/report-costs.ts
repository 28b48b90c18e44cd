import type * as z from 'zod'
import type { Period } from '../domain/period.ts'
import type { SqlValue, Statements } from '../platform/data-api.ts'
import type { costsResponse, Dimension } from './schema.ts'

/** What is asked of `GET /ops/costs`. */
export interface CostQuestion {
  readonly period: Period
  readonly timeZone: string
  readonly workload: string | undefined
  readonly groupBy: readonly Dimension[]
  readonly limit: number
  readonly offset: number
}

/** Columns of `ops.cost_rollup` by the name of the dimension. */
const columns: Readonly<Record<Dimension, string>> = {
  day: 'day::text',
  workload: 'workload',
  provider: 'provider',
  model: 'model',
  mode: 'mode',
  unitType: 'unit_type',
  promptVersion: 'prompt_version',
  country: 'country',
}

const sums = {
  calls: 'calls',
  pricedCalls: 'priced_calls',
  unpricedCalls: 'unpriced_calls',
  unreadableCalls: 'unreadable_calls',
  inputTokens: 'input_tokens',
  cachedInputTokens: 'cached_input_tokens',
  cacheWriteTokens: 'cache_write_tokens',
  outputTokens: 'output_tokens',
  reasoningTokens: 'reasoning_tokens',
  costNanoUsd: 'cost_nano',
  comparedCalls: 'compared_calls',
  ourComparedNanoUsd: 'compared_cost_nano',
  mlflowNanoUsd: 'mlflow_cost_nano',
  differingCalls: 'differing_calls',
}

type Sums = Record<keyof typeof sums, number>

const sumList = Object.entries(sums)
  .map(([name, column]) => `coalesce(sum(${column}), 0)::bigint as "${name}"`)
  .join(', ')

/** Rows of the period that belong to the workload, or to any. */
const inPeriod = `day >= :from::date and day < :to::date and (:workload::text is null or workload = :workload::text)`

/** Sums of a period by the dimensions that were asked for, with what is not in them. */
export async function reportCosts(
  statements: Statements,
  question: CostQuestion,
): Promise<z.input<typeof costsResponse>> {
  const parameters = parametersOf(question)
  const grouping = question.groupBy.map((name) => `${columns[name]} as "${name}"`)
  const order = [
    ...(question.groupBy.includes('day') ? ['day desc'] : []),
    '"costNanoUsd" desc',
    ...question.groupBy.map((name) => `"${name}"`),
  ]
  const [rows, total, unpriced, differences, [notes]] = await Promise.all([
    statements.query<Sums & Partial<Record<Dimension, string>>>(
      `select ${[...grouping, sumList].join(', ')}
       from ops.cost_rollup where ${inPeriod}
       ${grouping.length === 0 ? '' : `group by ${question.groupBy.map((name) => columns[name]).join(', ')}`}
       order by ${order.join(', ')}
       limit :limit offset :offset`,
      { ...parameters, limit: question.limit + 1, offset: question.offset },
    ),
    sumCosts(statements, question),
    statements.query<{ provider: string; model: string; reason: string; calls: number }>(
      `select provider, model, reason, sum(unpriced_calls + unreadable_calls)::bigint as calls
       from ops.cost_rollup where ${inPeriod} and unpriced_calls + unreadable_calls > 0
       group by provider, model, reason order by calls desc limit 50`,
      parameters,
    ),
    statements.query<{
      model: string
      reason: string
      calls: number
      costNanoUsd: number
      mlflowCostNanoUsd: number
    }>(
      `select model, reason, sum(differing_calls)::bigint as calls,
         sum(compared_cost_nano)::bigint as "costNanoUsd", sum(mlflow_cost_nano)::bigint as "mlflowCostNanoUsd"
       from ops.cost_rollup where ${inPeriod} and differing_calls > 0
       group by model, reason order by calls desc limit 50`,
      parameters,
    ),
    statements.query<{ lateCalls: number; tokenDifferences: number; settledUntil: string | null }>(
      `select
         (select coalesce(sum(calls), 0)::bigint from ops.late_calls where ${inPeriod}) as "lateCalls",
         (select count(*) from ops.token_difference where ${inPeriod}) as "tokenDifferences",
         (select to_char(ops.instant(min(settled_until_ns)) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
          from ops.traced_experiments()) as "settledUntil"`,
      parameters,
    ),
  ])
  return {
    definition: 'cost v1',
    period: { ...question.period, timeZone: question.timeZone },
    groupBy: [...question.groupBy],
    settledUntil: notes?.settledUntil ?? null,
    rows: rows.slice(0, question.limit).map((row) => ({
      ...Object.fromEntries(question.groupBy.map((name) => [name, row[name]])),
      ...publicSums(row),
    })),
    truncated: rows.length > question.limit,
    total,
    notes: {
      lateCalls: notes?.lateCalls ?? 0,
      tokenDifferences: notes?.tokenDifferences ?? 0,
      unpriced,
      differences,
    },
  }
}

/** Sums of a period over all dimensions. */
export async function sumCosts(
  statements: Statements,
  question: Pick<CostQuestion, 'period' | 'workload'>,
): Promise<z.input<typeof costsResponse>['total']> {
  const [row] = await statements.query<Sums>(
    `select ${sumList} from ops.cost_rollup where ${inPeriod}`,
    parametersOf(question),
  )
  if (row === undefined) throw new Error('An aggregate returned no row.')
  return publicSums(row)
}

function parametersOf({
  period,
  workload,
}: Pick<CostQuestion, 'period' | 'workload'>): Record<string, SqlValue> {
  return { from: period.from, to: period.to, workload: workload ?? null }
}

function publicSums(row: Sums) {
  const { comparedCalls, ourComparedNanoUsd, mlflowNanoUsd, differingCalls } = row
  return {
    calls: row.calls,
    pricedCalls: row.pricedCalls,
    unpricedCalls: row.unpricedCalls,
    unreadableCalls: row.unreadableCalls,
    inputTokens: row.inputTokens,
    cachedInputTokens: row.cachedInputTokens,
    cacheWriteTokens: row.cacheWriteTokens,
    outputTokens: row.outputTokens,
    reasoningTokens: row.reasoningTokens,
    costNanoUsd: row.costNanoUsd,
    mlflow: {
      comparedCalls,
      costNanoUsd: mlflowNanoUsd,
      ourCostNanoUsd: ourComparedNanoUsd,
      differingCalls,
    },
  }
}
