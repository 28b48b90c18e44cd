import { toUsd } from '../../domain/money.ts'
import type { ScoredRow } from '../row.ts'

/** File of the run in which its rows are a table. */
export const tableFile = 'evaluation_results.json'

/** Most rows of the table: MLflow's page loads it whole. All rows are at `GET /ops/evaluations/{id}/rows`. */
export const mostTableRows = 2_000

/** Most characters of a text in the table. */
const longestCell = 2_000

type Cell = string | number | null

/**
 * Rows as the artifact of a run that `mlflow.load_table` and MLflow's page read: JSON of pandas' orientation `split`,
 * as `mlflow.log_table` writes it. Each metric has a column for its score and one for the reason.
 */
export function rowsTable(rows: readonly ScoredRow[], metrics: readonly string[]): string {
  const columns = [
    'id',
    'inputs',
    'outputs',
    'expectations',
    'contexts',
    ...metrics.flatMap((metric) => [metric, `${metric}/rationale`]),
    'milliseconds',
    'input_tokens',
    'output_tokens',
    'cost_usd',
    'trace_id',
    'failure',
  ]
  return JSON.stringify({ columns, data: rows.map((row) => cellsOf(row, metrics)) })
}

function cellsOf(row: ScoredRow, metrics: readonly string[]): Cell[] {
  return [
    cut(row.id),
    textOf(questionOf(row.inputs)),
    textOf(row.outputs),
    textOf(row.expectations),
    row.contexts === undefined ? null : cut(row.contexts.map(({ id }) => id).join(', ')),
    ...metrics.flatMap((metric): Cell[] => {
      const score = row.scores.find(({ name }) => name === metric)
      return score === undefined ? [null, null] : [score.score, cut(score.rationale)]
    }),
    row.milliseconds,
    row.inputTokens,
    row.outputTokens,
    row.costNanoUsd === null ? null : toUsd(row.costNanoUsd),
    row.traceId,
    row.failure === null ? null : cut(row.failure),
  ]
}

/** A question that is all there is stands for itself. */
function questionOf(inputs: ScoredRow['inputs']): unknown {
  return Object.keys(inputs).length === 1 && typeof inputs['question'] === 'string'
    ? inputs['question']
    : inputs
}

function textOf(value: unknown): Cell {
  if (value === undefined || value === null) return null
  return cut(typeof value === 'string' ? value : JSON.stringify(value))
}

/** Half of a surrogate pair, which pandas cannot read, becomes a replacement character. */
function cut(text: string): string {
  const short = text.length <= longestCell ? text : `${text.slice(0, longestCell - 1)}…`
  return short.toWellFormed()
}
