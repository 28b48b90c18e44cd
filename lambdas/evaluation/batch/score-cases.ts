import { filesOf } from '../files.ts'
import type { ScoredRow } from '../row.ts'
import { scoreLog } from '../scoring/score-log.ts'
import type { Batch, BatchSurroundings } from './surroundings.ts'

/** Kept for what follows the check of a log: precision, and writing. */
const reserve = 120_000

/**
 * Adds to rows that are the cases of an event log their conformance, and writes the figures of the log as a whole. Rows
 * of anything else stay as they are.
 */
export async function scoreCases(
  rows: readonly ScoredRow[],
  { plan }: Pick<Batch, 'plan'>,
  surroundings: Pick<BatchSurroundings, 'artifacts' | 'clock' | 'timeLeft'>,
): Promise<readonly ScoredRow[]> {
  const { dataset } = plan.request
  if (dataset?.kind !== 'event-log') return rows
  const { artifacts, clock, timeLeft } = surroundings
  const [log, model] = await Promise.all([
    artifacts.read(dataset.log),
    artifacts.read(dataset.model),
  ])
  const { scores, summary } = scoreLog(rows, {
    log: { key: dataset.log, bytes: log },
    model: { key: dataset.model, bytes: model },
    clock,
    maxMilliseconds: Math.max(0, timeLeft() - reserve),
  })
  if (summary !== null) {
    await artifacts.write(filesOf(plan.evaluationId).conformance, JSON.stringify(summary))
  }
  return rows.map((row, index) => {
    const score = scores[index]
    return score === undefined ? row : { ...row, scores: [score, ...row.scores] }
  })
}
