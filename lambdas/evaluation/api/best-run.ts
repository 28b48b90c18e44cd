import type { Goal, Verdict } from '../../domain/goal.ts'
import type { Subject } from '../../domain/subject.ts'
import { type KeptFigure, verdictOfKept } from './kept-figure.ts'

/** A run with its figures, whoever made it. */
export interface CandidateRun {
  readonly kind: 'evaluation' | 'mlflow-run'
  readonly evaluationId: string | null
  readonly runId: string
  readonly runName: string
  readonly subject: Subject | null
  readonly parameters: Readonly<Record<string, string>>
  readonly datasetDigest: string | null
  readonly finishedAt: string | null
  /** By metric. `samples` is `null` where the run does not say how many there were. */
  readonly figures: ReadonlyMap<string, RunFigure>
  readonly costPerRowUsd: number | null
}

/** A figure of a run. */
export interface RunFigure extends Omit<KeptFigure, 'samples'> {
  readonly samples: number | null
}

/** How runs are put in order: by a metric in its direction, or by cost, lowest first. */
export type RunOrder =
  | { readonly by: 'cost' }
  | { readonly by: string; readonly better: 'higher' | 'lower' }

/** The runs that meet all goals, best first. */
export interface Ranking {
  readonly meeting: readonly CandidateRun[]
  /** How many lack a figure of a goal. */
  readonly missing: number
}

/** Runs that meet all goals, best first, ties by cost and then the newest first. What is not known comes last. */
export function rankRuns(
  runs: readonly CandidateRun[],
  goals: readonly Goal[],
  order: RunOrder,
): Ranking {
  const meeting = runs.filter((run) => goals.every((goal) => verdictOfRun(goal, run) === 'met'))
  const sortKey = (run: CandidateRun): number => {
    if (!('better' in order)) return run.costPerRowUsd ?? Number.POSITIVE_INFINITY
    const value = run.figures.get(order.by)?.value ?? null
    if (value === null) return Number.POSITIVE_INFINITY
    return order.better === 'higher' ? -value : value
  }
  return {
    meeting: meeting.toSorted(
      (left, right) =>
        compare(sortKey(left), sortKey(right)) ||
        compare(
          left.costPerRowUsd ?? Number.POSITIVE_INFINITY,
          right.costPerRowUsd ?? Number.POSITIVE_INFINITY,
        ) ||
        compare(right.finishedAt ?? '', left.finishedAt ?? ''),
    ),
    missing: runs.filter((run) =>
      goals.some(({ metric }) => (run.figures.get(metric)?.value ?? null) === null),
    ).length,
  }
}

/** A run that does not say how many samples it has is taken to have one, which proves a goal that asks for no more. */
export function verdictOfRun(goal: Goal, run: CandidateRun): Verdict {
  const figure = run.figures.get(goal.metric)
  if (figure === undefined) return 'unproven'
  return verdictOfKept(goal, { ...figure, samples: figure.samples ?? 1 })
}

function compare<Value extends number | string>(left: Value, right: Value): number {
  return left === right ? 0 : left < right ? -1 : 1
}
