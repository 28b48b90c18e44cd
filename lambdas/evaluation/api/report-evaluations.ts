import type * as z from 'zod'
import type { Goal } from '../../domain/goal.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Statements } from '../../platform/data-api.ts'
import { definitionsOf } from '../metrics/registry.ts'
import {
  evaluationColumns,
  type EvaluationRecord,
  readEvaluation,
  type StoredEvaluation,
  toEvaluation,
} from '../read-evaluation.ts'
import { unknownEvaluation } from '../start/cancel-evaluation.ts'
import type {
  evaluationResponse,
  evaluationsQuery,
  evaluationsResponse,
} from './evaluation-schema.ts'

/** What a description needs besides the evaluation. */
export interface DescriptionContext {
  readonly workloads: readonly Workload[]
  /** Address under which people reach MLflow. */
  readonly frontDoorUrl: string
}

type Described = z.input<typeof evaluationsResponse>['evaluations'][number]
type Figure = z.input<typeof evaluationResponse>['figures'][number]

/** Evaluations, newest first. */
export async function listEvaluations(
  statements: Statements,
  asked: z.output<typeof evaluationsQuery>,
  context: DescriptionContext,
): Promise<z.input<typeof evaluationsResponse>> {
  const [kind, ...rest] = asked.subject?.split('/') ?? []
  const [name, version] = rest
  const records = await statements.query<EvaluationRecord>(
    `select ${evaluationColumns} from ops.evaluation
     where (:workload::text is null or workload = :workload::text)
       and (:status::text is null or status = :status::text)
       and (:standing::boolean is null or standing = :standing::boolean)
       and (:kind::text is null or subject_kind = :kind::text)
       and (:name::text is null or subject_name = :name::text)
       and (:version::text is null or subject_version = :version::text)
     order by requested_at desc, evaluation_id
     limit :limit offset :offset`,
    {
      workload: asked.workload ?? null,
      status: asked.status ?? null,
      standing: asked.standing === undefined ? null : asked.standing === 'true',
      kind: kind ?? null,
      name: name ?? null,
      version: version ?? null,
      limit: asked.limit + 1,
      offset: asked.offset,
    },
  )
  return {
    evaluations: records
      .slice(0, asked.limit)
      .map((record) => describe(toEvaluation(record), context)),
    truncated: records.length > asked.limit,
  }
}

/** One evaluation with its figures. Throws a 404 for none. */
export async function findEvaluation(
  statements: Statements,
  id: string,
  context: DescriptionContext,
): Promise<z.input<typeof evaluationResponse>> {
  const evaluation = await readEvaluation(statements, id)
  if (evaluation === undefined) throw unknownEvaluation(id)
  return describeWhole(statements, evaluation, context)
}

/** An evaluation with its figures. */
export async function describeWhole(
  statements: Statements,
  evaluation: StoredEvaluation,
  context: DescriptionContext,
): Promise<z.input<typeof evaluationResponse>> {
  return {
    ...describe(evaluation, context),
    idempotencyKey: evaluation.idempotencyKey,
    madeWith: evaluation.madeWith,
    figures: await readFigures(statements, evaluation, context.workloads),
  }
}

function describe(evaluation: StoredEvaluation, { frontDoorUrl }: DescriptionContext): Described {
  const { id, request, experimentId, runId } = evaluation
  const self = `/ops/evaluations/${id}`
  return {
    id,
    workload: request.workload,
    standing: request.standing,
    subject: evaluation.subject,
    status: evaluation.status,
    reason: evaluation.reason,
    requestedBy: evaluation.requestedBy,
    requestedAt: evaluation.requestedAt,
    startedAt: evaluation.startedAt,
    finishedAt: evaluation.finishedAt,
    source: request.source,
    dataset: request.dataset,
    datasetDigest: evaluation.datasetDigest || null,
    metrics: request.metrics,
    judge: request.judge,
    k: request.k,
    parameters: request.parameters,
    rows: evaluation.rows,
    rejectedRows: evaluation.rejectedRows,
    failedRows: evaluation.failedRows,
    subjectCostNanoUsd: evaluation.subjectCostNanoUsd,
    judgeCostNanoUsd: evaluation.judgeCostNanoUsd,
    links: {
      self,
      rows: `${self}/rows`,
      mlflowRun:
        runId === '' ? null : `${frontDoorUrl}/#/experiments/${experimentId}/runs/${runId}`,
    },
  }
}

/** Figures in the order in which they were asked for, others behind them. */
async function readFigures(
  statements: Statements,
  { id, request }: StoredEvaluation,
  workloads: readonly Workload[],
): Promise<Figure[]> {
  const rows = await statements.query<
    Omit<Figure, 'definition' | 'goal'> & { readonly goal: string | null }
  >(
    `select metric, version, value, lower_bound as lower, upper_bound as upper,
       interval_method as "intervalMethod", samples, scored, unscored, goal::text as goal, verdict
     from ops.evaluation_metric where evaluation_id = :id order by metric`,
    { id },
  )
  const benchmark = workloads.find(({ name }) => name === request.workload)?.benchmark
  const place = ({ metric }: { readonly metric: string }): number => {
    const index = request.metrics.indexOf(metric)
    return index < 0 ? request.metrics.length : index
  }
  return rows
    .map((row) => ({
      ...row,
      definition: definitionOf(row.metric, row.version, benchmark?.criteria),
      goal: row.goal === null ? null : describeGoal(JSON.parse(row.goal) as Goal),
    }))
    .toSorted((left, right) => place(left) - place(right))
}

function definitionOf(
  metric: string,
  version: string,
  criteria: NonNullable<Workload['benchmark']>['criteria'] = [],
): string {
  const definitions = definitionsOf(metric)
  const definition = definitions.find((each) => each.version === version) ?? definitions[0]
  return (
    definition?.definition ??
    criteria.find(({ name }) => name === metric)?.question ??
    'No longer declared.'
  )
}

/** A goal with its defaults spelled out. */
export function describeGoal(goal: Goal): {
  metric: string
  comparator: Goal['comparator']
  target: number
  minSamples: number
  confidence: number | null
} {
  const { metric, comparator, target, minSamples = 1, confidence = null } = goal
  return { metric, comparator, target, minSamples, confidence }
}
