import type { Statements } from '../../platform/data-api.ts'

/** Whether an evaluation has ended, for instance because it was cancelled. */
export async function isOver(statements: Statements, evaluationId: string): Promise<boolean> {
  const [evaluation] = await statements.query<{ over: boolean }>(
    `select status not in ('queued', 'running') as over from ops.evaluation where evaluation_id = :id`,
    { id: evaluationId },
  )
  return evaluation?.over ?? false
}
