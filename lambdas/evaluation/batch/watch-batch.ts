import { isOver } from './is-over.ts'
import type { SavedAnswers } from './saved-answers.ts'
import type { Batch, BatchSurroundings } from './surroundings.ts'

/** Why a batch need not be watched any longer. */
export type BatchEnd = 'finished' | 'cancelled' | 'out of time'

/** Saves what was answered from time to time, until the batch is finished, the evaluation over or time short. */
export async function watchBatch(
  { plan }: Batch,
  answers: SavedAnswers,
  { database, sleep, timeLeft, saveEvery }: BatchSurroundings,
  until: {
    readonly finished: AbortSignal
    /** Milliseconds that must be left for a batch to go on. */
    readonly reserve: number
  },
): Promise<BatchEnd> {
  const { finished, reserve } = until
  for (;;) {
    await sleep(saveEvery, finished)
    if (finished.aborted) return 'finished'
    if (timeLeft() < reserve) return 'out of time'
    await answers.save()
    // A database that is away, or answers late, must not hold up the others.
    const over = await Promise.race([
      isOver(database, plan.evaluationId).catch(() => false),
      sleep(saveEvery, finished).then(() => false),
    ])
    if (over) return 'cancelled'
  }
}
