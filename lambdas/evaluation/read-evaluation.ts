import type { Subject } from '../domain/subject.ts'
import type { Statements } from '../platform/data-api.ts'
import { type EvaluationRequest, type EvaluationStatus, evaluationRequest } from './plan.ts'

/** An evaluation as `ops.evaluation` keeps it. */
export interface StoredEvaluation {
  readonly id: string
  readonly idempotencyKey: string
  readonly request: EvaluationRequest
  readonly subject: Subject
  readonly status: EvaluationStatus
  readonly reason: string
  readonly requestedBy: string
  /** ISO 8601, UTC. */
  readonly requestedAt: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly executionArn: string
  readonly experimentId: string
  readonly runId: string
  readonly datasetDigest: string
  readonly rows: number
  readonly rejectedRows: number
  readonly failedRows: number
  readonly batches: number
  readonly madeWith: Readonly<Record<string, unknown>>
  readonly subjectCostNanoUsd: number | null
  readonly judgeCostNanoUsd: number | null
}

/** Columns of `ops.evaluation` under the names of {@link toEvaluation}. */
export const evaluationColumns = `
  evaluation_id, idempotency_key, request::text as request, status, reason, requested_by,
  ops.iso(requested_at) as requested_at, ops.iso(started_at) as started_at, ops.iso(finished_at) as finished_at,
  execution_arn, experiment_id, run_id, dataset_digest, row_count, rejected_rows, failed_rows, batches,
  made_with::text as made_with, subject_cost_nano, judge_cost_nano`

/** A row of {@link evaluationColumns}. */
export interface EvaluationRecord {
  readonly evaluation_id: string
  readonly idempotency_key: string
  readonly request: string
  readonly status: EvaluationStatus
  readonly reason: string
  readonly requested_by: string
  readonly requested_at: string
  readonly started_at: string | null
  readonly finished_at: string | null
  readonly execution_arn: string
  readonly experiment_id: string
  readonly run_id: string
  readonly dataset_digest: string
  readonly row_count: number
  readonly rejected_rows: number
  readonly failed_rows: number
  readonly batches: number
  readonly made_with: string
  readonly subject_cost_nano: number | null
  readonly judge_cost_nano: number | null
}

/** Reads one evaluation; `undefined` when there is none. */
export async function readEvaluation(
  statements: Statements,
  id: string,
): Promise<StoredEvaluation | undefined> {
  const [record] = await statements.query<EvaluationRecord>(
    `select ${evaluationColumns} from ops.evaluation where evaluation_id = :id`,
    { id },
  )
  return record === undefined ? undefined : toEvaluation(record)
}

/** An evaluation from its record. */
export function toEvaluation(record: EvaluationRecord): StoredEvaluation {
  const request = evaluationRequest.parse(JSON.parse(record.request))
  return {
    id: record.evaluation_id,
    idempotencyKey: record.idempotency_key,
    request,
    subject: request.subject,
    status: record.status,
    reason: record.reason,
    requestedBy: record.requested_by,
    requestedAt: record.requested_at,
    startedAt: record.started_at,
    finishedAt: record.finished_at,
    executionArn: record.execution_arn,
    experimentId: record.experiment_id,
    runId: record.run_id,
    datasetDigest: record.dataset_digest,
    rows: record.row_count,
    rejectedRows: record.rejected_rows,
    failedRows: record.failed_rows,
    batches: record.batches,
    madeWith: JSON.parse(record.made_with) as Record<string, unknown>,
    subjectCostNanoUsd: record.subject_cost_nano,
    judgeCostNanoUsd: record.judge_cost_nano,
  }
}
