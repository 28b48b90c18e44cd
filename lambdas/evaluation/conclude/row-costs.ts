import type { Statements } from '../../platform/data-api.ts'
import type { ScoredRow } from '../row.ts'

/** What a row's calls took, as far as it is known. */
export type RowCost = Pick<ScoredRow, 'inputTokens' | 'outputTokens' | 'costNanoUsd'>

/** Traces a statement: their ids and what comes back stay far below what the Data API carries. */
const tracesPerStatement = 500

/** What the calls of traces took and cost, by trace; see `ops.trace_costs`. A trace that MLflow lacks is not in it. */
export async function readTraceCosts(
  statements: Statements,
  traceIds: readonly string[],
): Promise<Map<string, RowCost>> {
  const distinct = [...new Set(traceIds)]
  const costs = new Map<string, RowCost>()
  for (let start = 0; start < distinct.length; start += tracesPerStatement) {
    const rows = await statements.query<{ traceId: string } & RowCost>(
      `select trace_id as "traceId", input_tokens as "inputTokens", output_tokens as "outputTokens",
         cost_nano as "costNanoUsd"
       from ops.trace_costs(array(select jsonb_array_elements_text(:ids::jsonb)))`,
      { ids: JSON.stringify(distinct.slice(start, start + tracesPerStatement)) },
    )
    for (const { traceId, ...cost } of rows) costs.set(traceId, cost)
  }
  return costs
}

/** What an evaluation's judge was asked and cost; see `ops.judge_costs`. */
export interface JudgeCost {
  /** Answers that were asked for, not found in the cache. */
  readonly asked: number
  readonly priced: number
  readonly unpriced: number
  /** Of the priced calls; `null` while none is priced although the judge was asked. */
  readonly costNanoUsd: number | null
}

/** What the judge of an evaluation cost. */
export async function readJudgeCost(
  statements: Statements,
  evaluationId: string,
): Promise<JudgeCost> {
  const [row] = await statements.query<JudgeCost>(
    `select asked, priced, unpriced, cost_nano as "costNanoUsd" from ops.judge_costs(:id)`,
    { id: evaluationId },
  )
  if (row === undefined) throw new Error('ops.judge_costs returned nothing.')
  return row
}

/** The sum of what is known; `null` where nothing is. */
export function sumOfKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0)
}
