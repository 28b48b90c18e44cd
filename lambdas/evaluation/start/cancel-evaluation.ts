import { Problem } from '../../domain/problem.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { StateMachine } from '../../platform/state-machine.ts'
import { readEvaluation, type StoredEvaluation } from '../read-evaluation.ts'

/**
 * Cancels an evaluation that is under way. Cancelling again stops its execution again, which a crash may have left
 * running; what the execution leaves open is closed by `conclude`, which hears of its end.
 * @throws Problem 404 for none, 409 for one that has ended otherwise
 */
export async function cancelEvaluation(
  id: string,
  cancelledBy: string,
  {
    database,
    stateMachine,
  }: { readonly database: Statements; readonly stateMachine: StateMachine },
): Promise<StoredEvaluation> {
  await database.query(
    `update ops.evaluation set status = 'cancelled', reason = :reason, finished_at = now()
     where evaluation_id = :id and status in ('queued', 'running')`,
    { id, reason: `Cancelled by ${cancelledBy}.` },
  )
  const evaluation = await readEvaluation(database, id)
  if (evaluation === undefined) throw unknownEvaluation(id)
  if (evaluation.status !== 'cancelled') {
    throw new Problem({
      status: 409,
      title: 'The evaluation has ended',
      detail: `${id} is ${evaluation.status} since ${evaluation.finishedAt ?? 'a moment ago'}; what has ended cannot be cancelled.`,
    })
  }
  await stateMachine.stop(id, { error: 'Cancelled', cause: evaluation.reason })
  return evaluation
}

/** A 404 for an id that no evaluation has. */
export function unknownEvaluation(id: string): Problem {
  return new Problem({
    status: 404,
    title: 'No such evaluation',
    detail: `There is no evaluation ${id}. GET /ops/evaluations lists them.`,
  })
}
