import { toUsd } from '../../domain/money.ts'
import type { DatasetReference, SourceReference } from '../../domain/benchmark.ts'
import type { JudgeIdentity } from '../judges/judge.ts'
import type { EvaluationPlan } from '../plan.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import type { Figure } from './figures.ts'
import { metricKey, qualityCriteria } from './quality-criteria.ts'
import { runNote } from './run-note.ts'

/** Figures of a run by MLflow's names: for each metric its mean, bounds and counts; what is not known is left out. */
export function runMetrics(
  evaluation: StoredEvaluation,
  figures: readonly Figure[],
): Record<string, number> {
  const { subjectCostNanoUsd, judgeCostNanoUsd } = evaluation
  const named: [string, number | null][] = [
    ...figures.flatMap((figure): [string, number | null][] => [
      [metricKey(figure.metric), figure.value],
      [`${figure.metric}/lower`, figure.lower],
      [`${figure.metric}/upper`, figure.upper],
      [`${figure.metric}/samples`, figure.samples],
      [`${figure.metric}/scored`, figure.scored],
      [`${figure.metric}/unscored`, figure.unscored],
    ]),
    ['rows', evaluation.rows],
    ['failed_rows', evaluation.failedRows],
    ['rejected_rows', evaluation.rejectedRows],
    ['subject_cost_usd', subjectCostNanoUsd === null ? null : toUsd(subjectCostNanoUsd)],
    ['judge_cost_usd', judgeCostNanoUsd === null ? null : toUsd(judgeCostNanoUsd)],
  ]
  return Object.fromEntries(
    named.filter((pair): pair is [string, number] => pair[1] !== null && Number.isFinite(pair[1])),
  )
}

/** How the figures of a run were made. Names that a request's own parameters may not have come first. */
export function runParameters(plan: EvaluationPlan, judge: JudgeIdentity): Record<string, string> {
  const { request, dataset, seed } = plan
  const own: [string, string][] = [
    ['judge', judge.name],
    ['judge.model', judge.model],
    ['judge.embedding_model', judge.embeddingModel],
    ...Object.entries(judge.promptVersions).map(([task, version]): [string, string] => [
      `prompt.${task}`,
      version,
    ]),
    ['k', String(request.k)],
    ['dataset', describeDataset(request.dataset)],
    ['dataset.digest', dataset.digest ?? ''],
    ['source', describeSource(request.source)],
    ['seed', String(seed)],
  ]
  return {
    ...request.parameters,
    ...Object.fromEntries(own.filter(([, value]) => value !== '')),
  }
}

/** Tags of a run: how it ended, its goals and their verdicts. */
export function runTags(
  evaluation: StoredEvaluation,
  figures: readonly Figure[],
): Record<string, string> {
  const goals = figures.map(({ goal }) => goal).filter((goal) => goal !== null)
  const criteria = qualityCriteria(goals, evaluation.id)
  return {
    'ops.evaluation.status': evaluation.status,
    ...(evaluation.reason !== '' && { 'ops.evaluation.reason': evaluation.reason }),
    ...Object.fromEntries(
      figures.flatMap(({ metric, verdict }) =>
        verdict === null ? [] : [[`ops.verdict.${metric}`, verdict]],
      ),
    ),
    ...(criteria !== undefined && { 'mlflow.genaiEvaluate.qualityCriteria': criteria }),
    'mlflow.note.content': runNote(evaluation, figures),
  }
}

function describeDataset(dataset: DatasetReference | null): string {
  switch (dataset?.kind) {
    case 'mlflow':
      return dataset.name
    case 'jsonl':
      return dataset.key
    case 'event-log':
      return `${dataset.log} against ${dataset.model}`
    default:
      return ''
  }
}

function describeSource(source: SourceReference): string {
  switch (source.kind) {
    case 'recorded':
      return `recorded ${source.key}`
    case 'traces':
      return `traces of ${source.days} days, ${source.sample} at most`
    case 'outcomes':
      return `outcomes of ${source.days} days`
    default:
      return source.kind
  }
}
