import type { Statements } from '../../platform/data-api.ts'
import type { EvaluationPlan } from '../plan.ts'

/**
 * Says that an evaluation has begun; again is the same.
 * @returns when it began first, in ISO 8601; `undefined` when it is over, which it stays
 */
export async function markRunning(
  statements: Statements,
  evaluationId: string,
  now: Date,
): Promise<string | undefined> {
  const [row] = await statements.query<{ startedAt: string }>(
    `update ops.evaluation set status = 'running', started_at = coalesce(started_at, :now::timestamptz)
     where evaluation_id = :id and status in ('queued', 'running')
     returning ops.iso(started_at) as "startedAt"`,
    { id: evaluationId, now: now.toISOString() },
  )
  return row?.startedAt
}

/**
 * Gives an evaluation its run of MLflow, unless it has one.
 * @returns the run that it has now; `undefined` when the evaluation is over
 */
export async function keepRun(
  statements: Statements,
  evaluationId: string,
  run: { readonly experimentId: string; readonly runId: string },
): Promise<string | undefined> {
  const [row] = await statements.query<{ runId: string }>(
    `update ops.evaluation set
       experiment_id = case when run_id = '' then :experiment else experiment_id end,
       run_id = case when run_id = '' then :run else run_id end
     where evaluation_id = :id and status = 'running'
     returning run_id as "runId"`,
    { id: evaluationId, experiment: run.experimentId, run: run.runId },
  )
  return row?.runId
}

/** Keeps what an evaluation is made of. @returns `false` when it is over */
export async function keepRows(statements: Statements, plan: EvaluationPlan): Promise<boolean> {
  const { digest, rows, rejected } = plan.dataset
  const kept = await statements.query(
    `update ops.evaluation set dataset_digest = :digest, row_count = :rows, rejected_rows = :rejected, batches = :batches
     where evaluation_id = :id and status = 'running'
     returning evaluation_id`,
    { id: plan.evaluationId, digest: digest ?? '', rows, rejected, batches: plan.batches },
  )
  return kept.length > 0
}
