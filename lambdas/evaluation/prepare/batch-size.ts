import type { EvaluationRequest } from '../plan.ts'

/** Rounds in which the batches are done, so that a slow one does not leave the others waiting for long. */
const waves = 4
const fewest = 5
const most = 50

/** Most rows of a batch for which neither an application nor a judge is called. */
const mostWithoutCalls = 5_000

/** Beyond this the list of batches would not fit into what Step Functions hands from state to state (256 KB). */
export const mostRows = 200_000

/** From this many batches on, a Distributed Map runs them. */
const mostInline = 40

/** How many rows each batch has, the last one excepted. */
export function batchSizeFor(
  rows: number,
  batchesAtOnce: number,
  request: Pick<EvaluationRequest, 'dataset' | 'source'>,
): number {
  // A log is checked as a whole.
  if (request.dataset?.kind === 'event-log') return Math.max(1, rows)
  if (request.source.kind === 'outcomes') return mostWithoutCalls
  return Math.min(most, Math.max(fewest, Math.ceil(rows / (batchesAtOnce * waves))))
}

/** Whether there are too many batches for an inline Map. */
export function isLarge(batches: number): boolean {
  return batches > mostInline
}

/** Rows in batches, in their order. */
export function toBatches<Row>(rows: readonly Row[], size: number): Row[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, batch) =>
    rows.slice(batch * size, (batch + 1) * size),
  )
}
