import { formatFigure, formatTarget } from '../lambdas/domain/figure.ts'
import type { Goal } from '../lambdas/domain/goal.ts'
import { isJudged } from '../lambdas/domain/judged-metrics.ts'
import type { Workload } from '../lambdas/domain/workload.ts'
import type { Evaluation } from './benchmarks.ts'
import { bound, signs, whole } from './report-words.ts'
import { renderTable } from './table.ts'

type Figure = Evaluation['figures'][number]

interface Row {
  readonly evaluation: Evaluation
  readonly goal: Goal
  readonly isJudged: boolean
  /** Absent when the evaluation has none of this metric. */
  readonly figure: Figure | undefined
}

const rowsOf = (evaluation: Evaluation, workloads: readonly Workload[]): Row[] => {
  const workload = workloads.find(({ name }) => name === evaluation.workload)
  return (workload?.qualityGoals ?? []).map((goal) => ({
    evaluation,
    goal,
    isJudged: isJudged(goal.metric, workload?.benchmark),
    figure: evaluation.figures.find(({ metric }) => metric === goal.metric),
  }))
}

const value = ({ goal, figure }: Row): string =>
  figure === undefined || figure.value === null
    ? '–'
    : formatFigure(goal.metric, figure.value, goal)

const interval = ({ goal, figure }: Row): string =>
  figure === undefined || figure.lower === null || figure.upper === null
    ? '–'
    : `${formatFigure(goal.metric, figure.lower, goal)} – ${formatFigure(goal.metric, figure.upper, goal)}`

/** What keeps an evaluation from being complete. */
const remarks = (evaluations: readonly Evaluation[]): string[] =>
  evaluations
    .filter(({ status }) => status !== 'completed')
    .map(({ workload, status, reason }) => `  ${workload}: ${status}. ${reason}`)

/** What the benchmarks found of every goal on quality: a goal that nothing was measured for is unproven. */
export const renderQuality = (
  evaluations: readonly Evaluation[],
  workloads: readonly Workload[],
): string[] => [
  'Quality against its goals',
  ...renderTable<Row>(
    [
      { title: 'workload', text: ({ evaluation }) => evaluation.workload },
      { title: 'metric', text: ({ goal }) => goal.metric },
      { title: 'value', text: value, right: true },
      { title: '95 % interval', text: interval, right: true },
      { title: 'n', text: ({ figure }) => whole(figure?.samples ?? 0), right: true },
      { title: 'goal', text: ({ goal }) => `${bound(goal)} ${formatTarget(goal)}` },
      { title: 'verdict', text: ({ figure }) => signs[figure?.verdict ?? 'unproven'] },
      { title: 'judge', text: ({ evaluation, isJudged: by }) => (by ? evaluation.judge : '') },
    ],
    evaluations.flatMap((evaluation) => rowsOf(evaluation, workloads)),
  ),
  ...remarks(evaluations),
]

/** Where each evaluation can be looked at: its run in MLflow and its rows, through the signing proxy. */
export const renderEvaluationLinks = (
  evaluations: readonly Evaluation[],
  proxy: string,
): string[] => [
  'Runs and rows of the benchmarks',
  ...renderTable<Evaluation>(
    [
      { title: 'workload', text: ({ workload }) => workload },
      {
        title: 'MLflow run',
        text: ({ links }) =>
          // The pages are for people with a session: on this machine the proxy opens them.
          links.mlflowRun === null ? '–' : `${proxy}/${URL.parse(links.mlflowRun)?.hash ?? ''}`,
      },
      { title: 'rows', text: ({ id }) => `${proxy}/ops/evaluations/${id}/rows` },
    ],
    evaluations,
  ),
]
