import pLimit from 'p-limit'
import { type Artifacts, fromJsonLines, toJsonLines } from '../../platform/artifacts.ts'
import type { Statements } from '../../platform/data-api.ts'
import { filesOf } from '../files.ts'
import type { EvaluationPlan } from '../plan.ts'
import { type ScoredRow, scoredRow } from '../row.ts'
import { lostRows } from './lost-rows.ts'
import { type RowCost, readTraceCosts } from './row-costs.ts'
import { interning, slimRow } from './slim-row.ts'

/** All rows of an evaluation, in the order of the dataset. */
export interface GatheredRows {
  /** With their costs, and only as much of them as figures need; see `slimRow`. */
  readonly rows: readonly ScoredRow[]
  /** Why the judge gave no score where it might have another time: it was away, or answered what does not fit. */
  readonly technicalReasons: readonly string[]
}

/** Batches that are read at the same time. */
const batchesAtOnce = 8

/**
 * Reads the results of all batches, adds what the rows' calls took and cost, and writes both back, so that whoever
 * reads `rows/<n>.jsonl` sees them. The rows of a batch without results are lost, and are written as such.
 */
export async function gatherRows(
  { artifacts, database }: { readonly artifacts: Artifacts; readonly database: Statements },
  plan: EvaluationPlan,
): Promise<GatheredRows> {
  const limit = pLimit(batchesAtOnce)
  const intern = interning()
  const technicalReasons: string[] = []
  const batches = await Promise.all(
    Array.from({ length: plan.batches }, (_, batch) =>
      limit(async () => {
        const found = await readBatch(artifacts, plan, batch)
        const read = found ?? (await lostRows(artifacts, plan, batch))
        const traceIds = read.map(({ traceId }) => traceId).filter((id) => id !== null)
        const costs = await readTraceCosts(database, traceIds)
        const rows = read.map((row) => withCost(row, costs))
        if (found === undefined || rows.some((row, index) => row !== read[index])) {
          await artifacts.write(
            filesOf(plan.evaluationId).rows(batch),
            toJsonLines(rows),
            'application/jsonl',
          )
        }
        for (const { scores } of rows) {
          for (const { score, rationale, parts } of scores) {
            if (score === null && parts['technical'] === true) {
              technicalReasons.push(intern(rationale))
            }
          }
        }
        return rows.map((row) => slimRow(row, intern))
      }),
    ),
  )
  return { rows: batches.flat(), technicalReasons }
}

/** The rows of a batch with their texts; `undefined` when it left none. */
export async function readBatch(
  artifacts: Artifacts,
  plan: Pick<EvaluationPlan, 'evaluationId'>,
  batch: number,
): Promise<ScoredRow[] | undefined> {
  const bytes = await artifacts.read(filesOf(plan.evaluationId).rows(batch))
  if (bytes === undefined) return undefined
  return fromJsonLines(new TextDecoder().decode(bytes)).map((line) => scoredRow.parse(line))
}

/** The same row where nothing is new. What was known once stays known, though the trace may be gone. */
function withCost(row: ScoredRow, costs: ReadonlyMap<string, RowCost>): ScoredRow {
  const cost = row.traceId === null ? undefined : costs.get(row.traceId)
  if (cost === undefined) return row
  const inputTokens = cost.inputTokens ?? row.inputTokens
  const outputTokens = cost.outputTokens ?? row.outputTokens
  const costNanoUsd = cost.costNanoUsd ?? row.costNanoUsd
  const isSame =
    inputTokens === row.inputTokens &&
    outputTokens === row.outputTokens &&
    costNanoUsd === row.costNanoUsd
  return isSame ? row : { ...row, inputTokens, outputTokens, costNanoUsd }
}
