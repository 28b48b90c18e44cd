import pLimit from 'p-limit'
import type * as z from 'zod'
import type { Workload } from '../../domain/workload.ts'
import { type Artifacts, fromJsonLines } from '../../platform/artifacts.ts'
import type { Statements } from '../../platform/data-api.ts'
import { filesOf } from '../files.ts'
import { type EvaluationPlan, evaluationPlan } from '../plan.ts'
import type { Rejection } from '../../platform/datasets/rejection.ts'
import { readEvaluation, type StoredEvaluation } from '../read-evaluation.ts'
import type { ScoredRow } from '../row.ts'
import { unknownEvaluation } from '../start/cancel-evaluation.ts'
import { bytesOf, cutTexts, mostRowBytes } from './cut-texts.ts'
import type { rowOut, rowsQuery, rowsResponse } from './evaluation-schema.ts'
import { positionsOf } from './row-positions.ts'

/** A function answers at most 6 MB. */
const mostPageBytes = 4_500_000

/** Files that are read side by side. */
const filesAtOnce = 4

type RowsQuery = z.output<typeof rowsQuery>
type RowOut = z.input<typeof rowOut>
type RowsResponse = z.input<typeof rowsResponse>

/** Rows of an evaluation as they were judged, or the ones that did not fit, in pages. Throws a 404 for no evaluation. */
export async function readRows(
  id: string,
  asked: RowsQuery,
  from: {
    readonly database: Statements
    readonly artifacts: Artifacts
    readonly workloads: readonly Workload[]
  },
): Promise<RowsResponse> {
  const evaluation = await readEvaluation(from.database, id)
  if (evaluation === undefined) throw unknownEvaluation(id)
  if (asked.kind === 'rejected') return readRejected(evaluation, asked, from.artifacts)

  const plan = await readPlan(id, from.artifacts)
  const empty = { evaluationId: id, kind: asked.kind, rejected: [] }
  if (plan === undefined) return { ...empty, total: 0, rows: [], notYet: 0, nextOffset: null }
  const positions = await positionsOf(evaluation, plan, asked, from)
  const page = positions.slice(asked.offset, asked.offset + asked.limit)
  const found = await readPositions(page, plan, from.artifacts)
  const shown = fitting(found)
  const next = asked.offset + shown.length
  return {
    ...empty,
    total: positions.length,
    rows: shown.filter((row) => row !== undefined),
    notYet: shown.filter((row) => row === undefined).length,
    nextOffset: next < positions.length ? next : null,
  }
}

async function readPlan(id: string, artifacts: Artifacts): Promise<EvaluationPlan | undefined> {
  const bytes = await artifacts.read(filesOf(id).plan)
  if (bytes === undefined) return undefined
  return evaluationPlan.parse(JSON.parse(new TextDecoder().decode(bytes)))
}

async function readRejected(
  { id }: StoredEvaluation,
  asked: RowsQuery,
  artifacts: Artifacts,
): Promise<RowsResponse> {
  const bytes = await artifacts.read(filesOf(id).rejected)
  const all = bytes === undefined ? [] : fromJsonLines(new TextDecoder().decode(bytes))
  const next = asked.offset + asked.limit
  return {
    evaluationId: id,
    kind: 'rejected',
    total: all.length,
    rows: [],
    rejected: (all as Rejection[])
      .slice(asked.offset, next)
      .map(({ line, id: rowId, reason }) => cutTexts({ line, id: rowId ?? null, reason })),
    notYet: 0,
    nextOffset: next < all.length ? next : null,
  }
}

/** The rows at places of the dataset; `undefined` where their batch has not ended. */
async function readPositions(
  positions: readonly number[],
  plan: EvaluationPlan,
  artifacts: Artifacts,
): Promise<(RowOut | undefined)[]> {
  const limit = pLimit(filesAtOnce)
  const batches = new Set(positions.map((position) => Math.floor(position / plan.batchSize)))
  const found = new Map<number, RowOut>()
  await Promise.all(
    [...batches].map(async (batch) =>
      limit(async () => {
        const bytes = await artifacts.read(filesOf(plan.evaluationId).rows(batch))
        if (bytes === undefined) return
        const rows = fromJsonLines(new TextDecoder().decode(bytes)) as ScoredRow[]
        for (const position of positions) {
          const row = rows[position - batch * plan.batchSize]
          if (row !== undefined) found.set(position, show(row, position))
        }
      }),
    ),
  )
  return positions.map((position) => found.get(position))
}

function show(row: ScoredRow, position: number): RowOut {
  const { id, inputs, traceId, milliseconds, failure, scores } = row
  const shown = cutTexts(
    {
      position,
      id,
      inputs,
      outputs: row.outputs ?? null,
      contexts: row.contexts ?? null,
      expectations: row.expectations ?? null,
      traceId,
      milliseconds,
      failure,
      scores,
      inputTokens: row.inputTokens,
      outputTokens: row.outputTokens,
      costNanoUsd: row.costNanoUsd,
    },
    ['scores'],
  )
  if (bytesOf(shown) <= mostRowBytes) return shown
  return {
    ...shown,
    scores: shown.scores.map((score) => ({ ...score, parts: '… [left out]' })),
  }
}

/** As many rows as one answer holds, at least one. */
function fitting(rows: readonly (RowOut | undefined)[]): (RowOut | undefined)[] {
  let bytes = 0
  const end = rows.findIndex((row, index) => {
    bytes += row === undefined ? 0 : bytesOf(row)
    return bytes > mostPageBytes && index > 0
  })
  return end < 0 ? [...rows] : rows.slice(0, end)
}
