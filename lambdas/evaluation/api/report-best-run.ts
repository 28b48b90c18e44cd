import type * as z from 'zod'
import type { Goal } from '../../domain/goal.ts'
import { invalidRequest } from '../../domain/problem.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import { type CandidateRun, rankRuns, type RunOrder, verdictOfRun } from './best-run.ts'
import { directionOf } from './direction.ts'
import { readEvaluatedRuns } from './evaluated-runs.ts'
import { parseGoals } from './goal-list.ts'
import { readMlflowRuns } from './mlflow-runs.ts'
import { describeGoal } from './report-evaluations.ts'
import type { bestRunQuery, bestRunResponse } from './workload-schema.ts'

/** Most runs in an answer. */
const mostShown = 50

/** The runs of a workload that meet all goals, best first: its evaluations, and runs that applications logged. */
export async function reportBestRun(
  workload: Workload,
  asked: z.output<typeof bestRunQuery>,
  { database, mlflow }: { readonly database: Statements; readonly mlflow: Mlflow },
): Promise<z.input<typeof bestRunResponse>> {
  const goals = goalsOf(workload, asked.goals)
  const order = orderOf(workload, goals, asked.orderBy)
  const named = [...new Set([...goals.map(({ metric }) => metric), ...metricOf(order)])]
  const [evaluated, logged] = await Promise.all([
    readEvaluatedRuns(database, workload.name),
    readMlflowRuns(mlflow, workload.experiment, named),
  ])
  const runs = [...evaluated.runs, ...logged.runs]
  const { meeting, missing } = rankRuns(runs, goals, order)
  const shown = meeting.slice(0, mostShown).map((run) => describe(run, goals))
  return {
    definition: 'best_run v1',
    workload: workload.name,
    goals: goals.map(describeGoal),
    orderBy: order.by,
    best: shown[0] ?? null,
    runs: shown,
    meeting: meeting.length,
    considered: runs.length,
    missing,
    truncated: evaluated.truncated || logged.truncated,
  }
}

function goalsOf({ name, qualityGoals = [] }: Workload, asked: string): readonly Goal[] {
  if (asked !== 'current') return parseGoals(asked)
  if (qualityGoals.length > 0) return qualityGoals
  throw invalidRequest([
    {
      field: 'goals',
      message: `the workload ${name} has no quality goals; name some, such as faithfulness=atLeast:0.95`,
    },
  ])
}

function orderOf(workload: Workload, goals: readonly Goal[], asked: string | undefined): RunOrder {
  if (asked === 'cost') return { by: 'cost' }
  const by = asked ?? goals[0]?.metric ?? ''
  const goal = goals.find(({ metric }) => metric === by)
  if (goal !== undefined) {
    return { by, better: goal.comparator === 'atLeast' ? 'higher' : 'lower' }
  }
  const better = directionOf(by, workload)
  if (better !== undefined) return { by, better }
  throw invalidRequest([
    {
      field: 'orderBy',
      message: `nobody knows whether more of ${by} is better; give a goal on it, or order by cost`,
    },
  ])
}

function metricOf(order: RunOrder): string[] {
  return 'better' in order ? [order.by] : []
}

function describe(
  run: CandidateRun,
  goals: readonly Goal[],
): z.input<typeof bestRunResponse>['runs'][number] {
  return {
    ...run,
    parameters: { ...run.parameters },
    figures: [...run.figures].map(([metric, { value, samples }]) => {
      const goal = goals.find((each) => each.metric === metric)
      return {
        metric,
        value,
        samples,
        verdict: goal === undefined ? null : verdictOfRun(goal, run),
      }
    }),
  }
}
