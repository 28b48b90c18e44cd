import type * as z from 'zod'
import type { EnvironmentConfig } from '../../../config/environments.ts'
import { defaultK, defaultSchedule } from '../../domain/benchmark.ts'
import type { Goal, Verdict } from '../../domain/goal.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { EvaluationStatus } from '../plan.ts'
import { verdictOfKept } from './kept-figure.ts'
import { describeGoal } from './report-evaluations.ts'
import type { workloadResponse, workloadsResponse } from './workload-schema.ts'

/** Figures that a trend goes back. */
const trendLength = 30

/** What a report on workloads needs. */
export interface WorkloadContext {
  readonly database: Statements
  readonly config: Pick<EnvironmentConfig, 'timeZone'>
  readonly workloads: readonly Workload[]
  readonly now: Date
}

/** A figure of one of a workload's own benchmarks. */
interface StandingFigure {
  readonly workload: string
  readonly evaluationId: string
  readonly measuredAt: string
  readonly ageHours: number
  readonly metric: string
  readonly version: string
  readonly value: number | null
  readonly lower: number | null
  readonly upper: number | null
  readonly intervalMethod: string
  readonly samples: number
  readonly scored: number
  readonly unscored: number
  readonly goal: string | null
  readonly verdict: Verdict | null
}

interface LatestEvaluation {
  readonly workload: string
  readonly id: string
  readonly status: EvaluationStatus
  readonly reason: string
  readonly requestedAt: string
  readonly finishedAt: string | null
}

/** Every workload with its quality goals and what its own benchmark last found. */
export async function reportWorkloads(
  context: WorkloadContext,
): Promise<z.input<typeof workloadsResponse>> {
  const [figures, latest] = await Promise.all([
    readFigures(context, null, 1),
    readLatest(context.database, null),
  ])
  return {
    workloads: context.workloads.map((workload) => describe(workload, figures, latest, context)),
  }
}

/** One workload with its benchmark and the trend of its goals. */
export async function reportWorkload(
  workload: Workload,
  context: WorkloadContext,
): Promise<z.input<typeof workloadResponse>> {
  const [figures, latest] = await Promise.all([
    readFigures(context, workload.name, trendLength),
    readLatest(context.database, workload.name),
  ])
  const { benchmark, qualityGoals = [] } = workload
  return {
    ...describe(workload, figures, latest, context),
    benchmark:
      benchmark === undefined
        ? null
        : {
            dataset: benchmark.dataset ?? null,
            source: benchmark.source,
            metrics: [...(benchmark.metrics ?? [])],
            criteria: [...(benchmark.criteria ?? [])],
            k: benchmark.k ?? defaultK,
          },
    trend: qualityGoals.map(({ metric }) => ({
      metric,
      points: figures
        .filter((figure) => figure.metric === metric)
        .toReversed()
        .map(({ evaluationId, measuredAt, value, lower, upper, samples, verdict }) => ({
          evaluationId,
          measuredAt,
          value,
          lower,
          upper,
          samples,
          verdict,
        })),
    })),
  }
}

function describe(
  workload: Workload,
  figures: readonly StandingFigure[],
  latest: readonly LatestEvaluation[],
  { config }: WorkloadContext,
): z.input<typeof workloadsResponse>['workloads'][number] {
  const { name, description, experiment, units, benchmark, qualityGoals = [] } = workload
  return {
    name,
    description,
    experiment,
    units: units.map(({ type }) => type),
    schedule: benchmark === undefined ? null : (benchmark.schedule ?? defaultSchedule),
    timeZone: config.timeZone,
    goals: qualityGoals.map((goal) => {
      const figure = figures.find((each) => each.workload === name && each.metric === goal.metric)
      return { goal: describeGoal(goal), ...standingOf(goal, figure) }
    }),
    latestEvaluation: latestOf(name, latest),
  }
}

function latestOf(
  name: string,
  latest: readonly LatestEvaluation[],
): z.input<typeof workloadsResponse>['workloads'][number]['latestEvaluation'] {
  const found = latest.find(({ workload }) => workload === name)
  if (found === undefined) return null
  const { workload: _workload, ...evaluation } = found
  return evaluation
}

type Standing = Omit<
  z.input<typeof workloadsResponse>['workloads'][number]['goals'][number],
  'goal'
>

function standingOf(goal: Goal, figure: StandingFigure | undefined): Standing {
  if (figure === undefined) return { verdict: 'unproven', latest: null }
  const { workload: _workload, goal: goalThen, verdict: _then, ...latest } = figure
  return {
    verdict: verdictNow(goal, goalThen === null ? null : (JSON.parse(goalThen) as Goal), figure),
    latest,
  }
}

/** The verdict as it was found; where the goal has changed since, the one that the figure gives today. */
function verdictNow(goal: Goal, then: Goal | null, figure: StandingFigure): Verdict {
  const isSame =
    then !== null && JSON.stringify(describeGoal(then)) === JSON.stringify(describeGoal(goal))
  if (isSame && figure.verdict !== null) return figure.verdict
  return verdictOfKept(goal, figure)
}

/** The last figures of each metric of the workloads' own benchmarks, newest first. */
async function readFigures(
  { database, now }: WorkloadContext,
  workload: string | null,
  each: number,
): Promise<StandingFigure[]> {
  return database.query<StandingFigure>(
    `select workload, evaluation_id as "evaluationId", ops.iso(finished_at) as "measuredAt",
       greatest(0, extract(epoch from :now::timestamptz - finished_at) / 3600)::double precision as "ageHours",
       metric, version, value, lower_bound as lower, upper_bound as upper, interval_method as "intervalMethod",
       samples, scored, unscored, goal::text as goal, verdict
     from (
       select e.workload, e.finished_at, m.*,
         row_number() over (partition by e.workload, m.metric order by e.finished_at desc, e.evaluation_id) as place
       from ops.evaluation e join ops.evaluation_metric m using (evaluation_id)
       where e.standing and e.finished_at is not null and (:workload::text is null or e.workload = :workload::text)
         and e.status in ('completed', 'incomplete')
     ) figure
     where place <= :each
     order by finished_at desc, evaluation_id`,
    { now: now.toISOString(), workload, each },
  )
}

async function readLatest(
  statements: Statements,
  workload: string | null,
): Promise<LatestEvaluation[]> {
  return statements.query<LatestEvaluation>(
    `select distinct on (workload) workload, evaluation_id as id, status, reason,
       ops.iso(requested_at) as "requestedAt", ops.iso(finished_at) as "finishedAt"
     from ops.evaluation
     where standing and (:workload::text is null or workload = :workload::text)
     order by workload, requested_at desc, evaluation_id`,
    { workload },
  )
}
