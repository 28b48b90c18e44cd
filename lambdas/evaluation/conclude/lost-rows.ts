import { fromJsonLines, type Artifacts } from '../../platform/artifacts.ts'
import { filesOf } from '../files.ts'
import type { EvaluationPlan } from '../plan.ts'
import { answeredRow, datasetRow, type ScoredRow } from '../row.ts'
import { rowMetricsOf, unscoredOn } from '../scoring/score-row.ts'

/** Why rows have no scores whose batch left nothing behind, not even that it failed. */
const lostReason = 'The batch of this row was lost: it left no result.'

/** A row as it was to be evaluated: of a dataset, or with its output. */
const plannedRow = answeredRow.or(datasetRow)

/** The rows of a batch without results, each failed with the reason; in place of unreadable rows, as many without their ids. */
export async function lostRows(
  artifacts: Artifacts,
  plan: EvaluationPlan,
  batch: number,
): Promise<ScoredRow[]> {
  const bytes = await artifacts.read(filesOf(plan.evaluationId).batch(batch))
  const names = rowMetricsOf(plan.request.metrics)
  if (bytes === undefined) {
    const before = batch * plan.batchSize
    const rows = Math.max(0, Math.min(plan.batchSize, plan.dataset.rows - before))
    return Array.from({ length: rows }, (_, index) =>
      failed({ id: `row ${before + index + 1}`, inputs: {} }, names),
    )
  }
  return fromJsonLines(new TextDecoder().decode(bytes)).map((line) =>
    failed(plannedRow.parse(line), names),
  )
}

function failed(
  row: Partial<ScoredRow> & Pick<ScoredRow, 'id' | 'inputs'>,
  names: readonly string[],
): ScoredRow {
  const failure = row.failure ?? lostReason
  return {
    ...row,
    traceId: row.traceId ?? null,
    milliseconds: row.milliseconds ?? null,
    failure,
    scores: names.map((name) => ({ ...unscoredOn(name, failure), parts: {} })),
    inputTokens: null,
    outputTokens: null,
    costNanoUsd: null,
  }
}
