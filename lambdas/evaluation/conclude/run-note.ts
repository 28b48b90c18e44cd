import { formatFigure, formatTarget } from '../../domain/figure.ts'
import type { Verdict } from '../../domain/goal.ts'
import { toUsd } from '../../domain/money.ts'
import { describeSubject } from '../../domain/subject.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import type { Figure } from './figures.ts'

const marks: Readonly<Record<Verdict, string>> = { met: '✅', missed: '❌', unproven: '❔' }

/**
 * The description of MLflow's run (tag `mlflow.note.content`, Markdown): how the evaluation ended, and each figure with
 * its goal. MLflow 3.17 shows no quality criteria, so this is where its page says which goals are met.
 */
export function runNote(evaluation: StoredEvaluation, figures: readonly Figure[]): string {
  const { request, status, reason, subject } = evaluation
  const costs = [
    costOf('the application', evaluation.subjectCostNanoUsd),
    costOf('the judge', evaluation.judgeCostNanoUsd),
  ].filter((cost) => cost !== undefined)
  return [
    `**${status}**${reason === '' ? '' : `: ${plain(reason)}`}`,
    [
      `Evaluation ${evaluation.id} of ${describeSubject(subject)}: ${evaluation.rows} rows`,
      evaluation.failedRows === 0 ? undefined : `${evaluation.failedRows} failed`,
      evaluation.rejectedRows === 0 ? undefined : `${evaluation.rejectedRows} rejected`,
      `judge ${request.judge}`,
      ...costs,
    ]
      .filter((part) => part !== undefined)
      .join(', ')
      .concat('.'),
    ...(figures.length === 0 ? [] : [tableOf(figures)]),
  ].join('\n\n')
}

function tableOf(figures: readonly Figure[]): string {
  return [
    '| Metric | Figure | 95 % interval | Samples | Goal | Verdict |',
    '|---|---|---|---|---|---|',
    ...figures.map((figure) => `| ${cellsOf(figure).join(' | ')} |`),
  ].join('\n')
}

function cellsOf({ metric, value, lower, upper, samples, goal, verdict }: Figure): string[] {
  const show = (number: number): string => formatFigure(metric, number, goal ?? undefined)
  return [
    metric,
    value === null ? 'none' : show(value),
    lower === null || upper === null ? '' : `${show(lower)} to ${show(upper)}`,
    String(samples),
    goal === null
      ? ''
      : `${goal.comparator === 'atLeast' ? 'at least' : 'at most'} ${formatTarget(goal)}`,
    verdict === null ? '' : `${marks[verdict]} ${verdict}`,
  ]
}

function costOf(whose: string, nanoUsd: number | null): string | undefined {
  return nanoUsd === null || nanoUsd === 0
    ? undefined
    : `cost of ${whose} ${toUsd(nanoUsd).toFixed(4)} USD`
}

/** A text that is not taken for Markdown. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]()#+!|<>~-]/gu, '\\$&')
}
