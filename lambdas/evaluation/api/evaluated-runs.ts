import { toUsd } from '../../domain/money.ts'
import { describeSubject } from '../../domain/subject.ts'
import type { Statements } from '../../platform/data-api.ts'
import { type EvaluationRequest, evaluationRequest } from '../plan.ts'
import type { CandidateRun, RunFigure } from './best-run.ts'

/** Most evaluations that are looked at. */
const mostEvaluations = 100

interface EvaluatedRecord {
  readonly id: string
  readonly runId: string
  readonly request: string
  readonly datasetDigest: string
  readonly finishedAt: string | null
  readonly figures: string
  /** Mean over the rows whose cost is known. */
  readonly costPerRowNano: number | null
}

/**
 * The finished evaluations of a workload as runs. What was asked for again in the same words counts once, with its
 * latest figures: to pick the best of several tries would be to pick luck.
 */
export async function readEvaluatedRuns(
  statements: Statements,
  workload: string,
): Promise<{ readonly runs: CandidateRun[]; readonly truncated: boolean }> {
  const records = await statements.query<EvaluatedRecord>(
    `select evaluation_id as id, run_id as "runId", request::text as request, dataset_digest as "datasetDigest",
       ops.iso(finished_at) as "finishedAt",
       subject_cost_nano::double precision / nullif((made_with->>'rowsWithCost')::integer, 0) as "costPerRowNano",
       (select coalesce(jsonb_agg(jsonb_build_array(metric, value, samples, lower_bound, upper_bound)), '[]')::text
        from ops.evaluation_metric m where m.evaluation_id = latest.evaluation_id) as figures
     from (
       select distinct on (request - 'standing') * from ops.evaluation
       where workload = :workload and status in ('completed', 'incomplete')
       order by request - 'standing', finished_at desc, evaluation_id
     ) latest
     order by finished_at desc, evaluation_id
     limit :limit`,
    { workload, limit: mostEvaluations + 1 },
  )
  return {
    runs: records.slice(0, mostEvaluations).map(toRun),
    truncated: records.length > mostEvaluations,
  }
}

type FigureTuple = readonly [
  metric: string,
  value: number | null,
  samples: number,
  lower: number | null,
  upper: number | null,
]

function toRun(record: EvaluatedRecord): CandidateRun {
  const request: EvaluationRequest = evaluationRequest.parse(JSON.parse(record.request))
  const figures = new Map(
    (JSON.parse(record.figures) as FigureTuple[]).map(
      ([metric, value, samples, lower, upper]): [string, RunFigure] => [
        metric,
        { value, samples, lower, upper },
      ],
    ),
  )
  return {
    kind: 'evaluation',
    evaluationId: record.id,
    runId: record.runId,
    runName: `${request.workload} ${describeSubject(request.subject)}`,
    subject: request.subject,
    parameters: request.parameters,
    datasetDigest: record.datasetDigest || null,
    finishedAt: record.finishedAt,
    figures,
    costPerRowUsd: record.costPerRowNano === null ? null : toUsd(record.costPerRowNano),
  }
}
