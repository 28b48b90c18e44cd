import type { Statements } from '../../platform/data-api.ts'
import type { EarlyEnd } from './wish.ts'
import type { EvaluationEnd } from './end-of-rows.ts'
import type { Figure } from './figures.ts'

/** What is kept of an evaluation when it ends. */
export interface Ending extends EvaluationEnd {
  readonly figures: readonly Figure[]
  readonly failedRows: number
  readonly subjectCostNanoUsd: number | null
  readonly judgeCostNanoUsd: number | null
  /** Added to what earlier steps noted. */
  readonly madeWith: Readonly<Record<string, unknown>>
}

/**
 * Ends an evaluation that is under way: status, figures and costs in one statement, so that there are all or none of
 * them. What has ended before, as a cancelled one has, is left as it is.
 */
export async function recordEnd(
  statements: Statements,
  evaluationId: string,
  at: Date,
  ending: Ending,
): Promise<void> {
  await statements.query(
    `with ended as (
       update ops.evaluation set
         status = :status, reason = :reason, finished_at = :at::timestamptz, failed_rows = :failedRows,
         subject_cost_nano = :subjectCost::bigint, judge_cost_nano = :judgeCost::bigint,
         made_with = made_with || :madeWith::jsonb
       where evaluation_id = :id and status in ('queued', 'running')
       returning evaluation_id
     )
     insert into ops.evaluation_metric (evaluation_id, metric, version, value, lower_bound, upper_bound,
       interval_method, scored, unscored, samples, goal, verdict)
     select ended.evaluation_id, f.metric, f.version, f.value, f.lower, f.upper, f.method, f.scored, f.unscored, f.samples,
       f.goal, f.verdict
     from ended, jsonb_to_recordset(:figures::jsonb) as f(metric text, version text, value double precision,
       lower double precision, upper double precision, method text, scored integer, unscored integer, samples integer,
       goal jsonb, verdict text)`,
    {
      id: evaluationId,
      at: at.toISOString(),
      status: ending.status,
      reason: ending.reason,
      failedRows: ending.failedRows,
      subjectCost: ending.subjectCostNanoUsd,
      judgeCost: ending.judgeCostNanoUsd,
      madeWith: JSON.stringify(ending.madeWith),
      // JSON null of a goal would be a value, where SQL's says that there is none.
      figures: JSON.stringify(
        ending.figures.map(({ goal, ...rest }) => ({ ...rest, ...(goal && { goal }) })),
      ),
    },
  )
}

/** An ending of which nothing was measured. */
export function withoutFigures(end: EarlyEnd): Ending {
  return {
    ...end,
    figures: [],
    failedRows: 0,
    subjectCostNanoUsd: null,
    judgeCostNanoUsd: null,
    madeWith: {},
  }
}

/** The figures of an evaluation that has ended, in the order of its metrics. */
export async function readFigures(
  statements: Statements,
  evaluationId: string,
  metrics: readonly string[],
): Promise<Figure[]> {
  const rows = await statements.query<Omit<Figure, 'goal'> & { goal: string | null }>(
    `select metric, version, value, lower_bound as lower, upper_bound as upper, interval_method as method, scored, unscored,
       samples, goal::text as goal, verdict
     from ops.evaluation_metric where evaluation_id = :id`,
    { id: evaluationId },
  )
  return rows
    .map(({ goal, ...figure }) => ({
      ...figure,
      goal: goal === null ? null : (JSON.parse(goal) as Figure['goal']),
    }))
    .toSorted((left, right) => metrics.indexOf(left.metric) - metrics.indexOf(right.metric))
}

/** What the standing evaluations before one said of a goal. */
export interface VerdictBefore {
  readonly metric: string
  /** The last verdict that was not `unproven`. */
  readonly verdict: 'met' | 'missed'
  /** When the first of the misses that were not followed by a `met` ended; `null` when the last verdict is `met`. */
  readonly missedSince: string | null
}

/** The verdicts of a workload's standing evaluations that ended before a moment, by metric. */
export async function readVerdictsBefore(
  statements: Statements,
  evaluation: { readonly id: string; readonly workload: string; readonly finishedAt: string },
): Promise<Map<string, VerdictBefore>> {
  const rows = await statements.query<VerdictBefore>(
    `with judged as (
       select m.metric, m.verdict, e.finished_at,
         max(e.finished_at) filter (where m.verdict = 'met') over (partition by m.metric) as last_met
       from ops.evaluation e join ops.evaluation_metric m using (evaluation_id)
       where e.workload = :workload and e.standing and e.evaluation_id <> :id
         and e.finished_at <= :finishedAt::timestamptz and m.verdict in ('met', 'missed')
     )
     select metric, (array_agg(verdict order by finished_at desc))[1] as verdict,
       ops.iso(min(finished_at) filter (
         where verdict = 'missed' and finished_at > coalesce(last_met, '-infinity'))) as "missedSince"
     from judged group by metric`,
    { id: evaluation.id, workload: evaluation.workload, finishedAt: evaluation.finishedAt },
  )
  return new Map(rows.map((row) => [row.metric, row]))
}

/** Whether the end of an evaluation was told to everyone. */
export async function isAnnounced(statements: Statements, evaluationId: string): Promise<boolean> {
  const [row] = await statements.query<{ announced: boolean }>(
    `select announced_at is not null as announced from ops.evaluation where evaluation_id = :id`,
    { id: evaluationId },
  )
  return row?.announced ?? false
}

/** Notes that the end of an evaluation was told to everyone. */
export async function noteAnnounced(statements: Statements, evaluationId: string): Promise<void> {
  await statements.query(
    `update ops.evaluation set announced_at = now() where evaluation_id = :id and announced_at is null`,
    { id: evaluationId },
  )
}

/** Notes the run of an evaluation that ended before it had one. */
export async function noteRun(
  statements: Statements,
  evaluationId: string,
  run: { readonly experimentId: string; readonly runId: string },
): Promise<void> {
  await statements.query(
    `update ops.evaluation set experiment_id = :experimentId, run_id = :runId
     where evaluation_id = :id and run_id = ''`,
    { id: evaluationId, ...run },
  )
}
