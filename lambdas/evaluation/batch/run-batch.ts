import * as z from 'zod'
import { type Artifacts, readText, toJsonLines } from '../../platform/artifacts.ts'
import { filesOf } from '../files.ts'
import { batchInput, type EvaluationPlan, evaluationPlan } from '../plan.ts'
import {
  type AnsweredRow,
  answeredRow,
  type DatasetRow,
  datasetRow,
  type ScoredRow,
} from '../row.ts'
import { rowMetricsOf, scoreRow } from '../scoring/score-row.ts'
import { failed } from './call-endpoint.ts'
import { evaluateRows } from './evaluate-rows.ts'
import { isOver } from './is-over.ts'
import { parseJsonLines } from './json-lines.ts'
import { openSavedAnswers, type SavedAnswers } from './saved-answers.ts'
import { scoreCases } from './score-cases.ts'
import type { Batch, BatchSurroundings } from './surroundings.ts'

/** What the state machine hands over: with `lost`, why all earlier attempts at the batch failed. */
export const batchRequest = batchInput.extend({ lost: z.string().optional() })

/** What goes back to the state machine. */
export interface BatchResult {
  readonly batch: number
  readonly rows: number
  /** Rows that nothing could be judged of. */
  readonly failed: number
}

/** As much of a scored row as is counted. */
const writtenRow = z.object({ failure: z.string().nullable() })

/**
 * Asks for what is to be judged, judges it and writes `rows/<n>.jsonl`, once: a batch with such a file is done. Answers
 * are saved as they come, so that an attempt that ends in the middle leaves less to the next one. A batch of an
 * evaluation that is over, such as a cancelled one, is left as it is.
 * @throws BatchUnfinished when time runs out, after saving
 */
export async function runBatch(
  { evaluationId, batch: number, lost }: z.infer<typeof batchRequest>,
  surroundings: BatchSurroundings,
): Promise<BatchResult> {
  const { artifacts, database, workloads } = surroundings
  const files = filesOf(evaluationId)
  const written = await artifacts.read(files.rows(number))
  if (written !== undefined) {
    return resultOf(number, parseJsonLines(new TextDecoder().decode(written), writtenRow))
  }
  const plan = evaluationPlan.parse(JSON.parse(await readText(artifacts, files.plan)))
  const rows = await readRows(artifacts, files.batch(number), plan)
  const answers = await openSavedAnswers(artifacts, files.answers(number))

  let scored: readonly ScoredRow[] | null
  if (lost !== undefined) {
    scored = await loseRows(rows, plan, answers, lost)
  } else if (await isOver(database, evaluationId)) {
    scored = null
  } else {
    const { workload: name } = plan.request
    const workload = workloads.find((each) => each.name === name)
    if (workload === undefined) throw new Error(`There is no workload ${name} any more.`)
    const batch: Batch = { plan, workload }
    scored = await evaluateRows(rows, batch, answers, surroundings)
    if (scored !== null) scored = await scoreCases(scored, batch, surroundings)
  }
  if (scored === null) return resultOf(number, [])
  await artifacts.write(files.rows(number), toJsonLines(scored), 'application/jsonl')
  return resultOf(number, scored)
}

function resultOf(
  batch: number,
  rows: readonly { readonly failure: string | null }[],
): BatchResult {
  return {
    batch,
    rows: rows.length,
    failed: rows.filter(({ failure }) => failure !== null).length,
  }
}

/** Rows that are to be asked where the source is the endpoint, rows with their answers otherwise. */
async function readRows(
  artifacts: Artifacts,
  key: string,
  { request }: EvaluationPlan,
): Promise<(DatasetRow | AnsweredRow)[]> {
  const text = await readText(artifacts, key)
  return request.source.kind === 'endpoint'
    ? parseJsonLines(text, datasetRow)
    : parseJsonLines(text, answeredRow)
}

/** Every row as failed. What was answered keeps its trace, so that its cost is known. */
async function loseRows(
  rows: readonly (DatasetRow | AnsweredRow)[],
  plan: EvaluationPlan,
  answers: SavedAnswers,
  lost: string,
): Promise<ScoredRow[]> {
  const reason = `The batch was lost: ${lost.trim().slice(0, 500)}`
  const { metrics, k } = plan.request
  return Promise.all(
    rows.map(async (row) => {
      const answered = 'traceId' in row ? row : answers.get(row.id)
      const { traceId = null, failure = null } = answered ?? {}
      const lostRow = { ...failed(row, failure ?? reason), traceId }
      return unpriced(lostRow, await scoreRow(lostRow, rowMetricsOf(metrics), { k }))
    }),
  )
}

/** A row whose tokens and cost are not known yet. */
function unpriced(row: AnsweredRow, scores: ScoredRow['scores']): ScoredRow {
  return { ...row, scores, inputTokens: null, outputTokens: null, costNanoUsd: null }
}
