import * as z from 'zod'
import type { Goal } from '../domain/goal.ts'
import type { Statements } from '../platform/data-api.ts'

/** The evaluation that moved a goal's alarm. */
export interface Evidence {
  readonly experimentId: string
  readonly runId: string
  readonly value: number | null
  readonly lower: number | null
  readonly upper: number | null
  /** What the figure rests on. */
  readonly samples: number
  readonly unscored: number
  readonly judge: string
  /** As it stood when the verdict was given. */
  readonly goal: Goal | undefined
  /** When the goal was first missed, of the verdicts without a `met` between them. */
  readonly missedSince: Date | undefined
}

/** A goal's alarm as far as it tells which evaluation it is about. */
export interface GoalChange {
  readonly workload: string
  readonly metric: string
  readonly verdict: 'missed' | 'met'
  readonly changedAt: Date
}

const storedGoal = z.object({
  metric: z.string(),
  comparator: z.enum(['atLeast', 'atMost']),
  target: z.number(),
})

interface Row {
  readonly experiment_id: string
  readonly run_id: string
  readonly value: number | null
  readonly lower_bound: number | null
  readonly upper_bound: number | null
  readonly samples: number
  readonly unscored: number
  readonly judge: string
  readonly goal: string | null
  readonly missed_since: string | null
}

/**
 * Reads the latest standing evaluation whose verdict is the one that the alarm tells, of those asked for before the
 * alarm changed: a message that is sent late, or again, shows what it is about and not what came later. Its status
 * does not matter, as the figures reach the alarm before the evaluation is closed.
 */
export async function readEvidence(
  statements: Statements,
  change: GoalChange,
): Promise<Evidence | undefined> {
  const [row] = await statements.query<Row>(
    `with judged as (
       select e.requested_at, coalesce(e.finished_at, :changed::timestamptz) as judged_at,
         e.experiment_id, e.run_id, e.request ->> 'judge' as judge, m.value, m.lower_bound, m.upper_bound,
         m.samples, m.unscored, m.goal, m.verdict
       from ops.evaluation e join ops.evaluation_metric m using (evaluation_id)
       where e.workload = :workload and e.standing and m.metric = :metric
         and e.requested_at <= :changed::timestamptz
     ), latest as (
       select * from judged where verdict = :verdict order by requested_at desc limit 1
     )
     select latest.experiment_id, latest.run_id, coalesce(latest.judge, '') as judge,
       latest.value, latest.lower_bound, latest.upper_bound, latest.samples, latest.unscored,
       latest.goal::text as goal,
       (select ops.iso(min(judged.judged_at)) from judged
        where judged.verdict = 'missed' and judged.requested_at <= latest.requested_at
          and judged.requested_at > coalesce(
            (select max(met.requested_at) from judged met
             where met.verdict = 'met' and met.requested_at < latest.requested_at),
            '-infinity')) as missed_since
     from latest`,
    {
      workload: change.workload,
      metric: change.metric,
      verdict: change.verdict,
      changed: change.changedAt.toISOString(),
    },
  )
  if (row === undefined) return undefined
  const goal = storedGoal.safeParse(row.goal === null ? null : JSON.parse(row.goal))
  return {
    experimentId: row.experiment_id,
    runId: row.run_id,
    value: row.value,
    lower: row.lower_bound,
    upper: row.upper_bound,
    samples: row.samples,
    unscored: row.unscored,
    judge: row.judge,
    goal: goal.success ? goal.data : undefined,
    missedSince: row.missed_since === null ? undefined : new Date(row.missed_since),
  }
}
