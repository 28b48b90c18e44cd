import type { Benchmark, Criterion, DatasetReference } from '../lambdas/domain/benchmark.ts'
import type { Goal } from '../lambdas/domain/goal.ts'
import type { Workload } from '../lambdas/domain/workload.ts'
import { isMetric, type MetricName, metrics } from '../lambdas/evaluation/metrics/registry.ts'
import { datasetReference, sourceReference } from '../lambdas/evaluation/plan.ts'
import { requireCron } from './sound-cron.ts'
import { requireEvidence } from './sound-goals.ts'

/** Metrics that are no share from 0 to 1. */
const amounts: ReadonlySet<MetricName> = new Set([
  'conformance_duration',
  'latency',
  'latency_p95',
  'tokens_per_row',
  'cost_per_row_usd',
])

/** Throws a sentence for a benchmark that could not run, and for quality goals that it would never prove. */
export function requireSoundBenchmark(workload: Workload): void {
  const { name, benchmark, qualityGoals = [] } = workload
  if (benchmark === undefined) {
    if (qualityGoals.length === 0) return
    throw new Error(`${name} has quality goals but no benchmark that measures them; add one.`)
  }
  const where = `${name}, benchmark`
  const criteria = benchmark.criteria ?? []
  requireCriteria(where, criteria)
  requireQualityGoals(`${name}, quality goals`, qualityGoals, criteria)
  const measured = [
    ...qualityGoals.map(({ metric }) => metric),
    ...(benchmark.metrics ?? []),
    ...criteria.map((criterion) => criterion.name),
  ]
  if (measured.length === 0) {
    throw new Error(`${where}: there is nothing to measure; name metrics, criteria or goals.`)
  }
  for (const [place, metric] of (benchmark.metrics ?? []).entries()) {
    requireKnown(where, metric, criteria)
    if (benchmark.metrics?.indexOf(metric) !== place) {
      throw new Error(`${where}: the metric ${metric} is named twice.`)
    }
  }
  requireRows(where, benchmark, measured)
  requireSettings(where, benchmark, measured)
}

function requireCriteria(where: string, criteria: readonly Criterion[]): void {
  for (const [place, { name, question }] of criteria.entries()) {
    if (!/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/u.test(name) || name.length > 60) {
      throw new Error(
        `${where}: the criterion "${name}" needs a name of up to 60 lower-case letters, digits and underscores, such as rests_on_clauses.`,
      )
    }
    if (isMetric(name)) {
      throw new Error(`${where}: the criterion ${name} has the name of a metric; give it another.`)
    }
    if (criteria.slice(0, place).some((other) => other.name === name)) {
      throw new Error(`${where}: there are two criteria named ${name}.`)
    }
    if (question.trim() === '') {
      throw new Error(`${where}: the criterion ${name} asks nothing; give it a question.`)
    }
  }
}

function requireQualityGoals(
  where: string,
  goals: readonly Goal[],
  criteria: readonly Criterion[],
): void {
  for (const [place, goal] of goals.entries()) {
    const { metric, comparator, target } = goal
    requireKnown(where, metric, criteria)
    if (goals.slice(0, place).some((other) => other.metric === metric)) {
      throw new Error(`${where}: there are two goals on ${metric}.`)
    }
    const isShare = !isMetric(metric) || !amounts.has(metric)
    if (!(target >= 0 && target <= (isShare ? 1 : Number.MAX_VALUE))) {
      throw new Error(
        `${where}: the target of ${metric} is ${target}; give ${isShare ? 'a share from 0 to 1' : 'a number, 0 or more'}.`,
      )
    }
    // Of a criterion, more yes is better.
    const better = isMetric(metric) ? metrics[metric].better : 'higher'
    const wanted = better === 'higher' ? 'atLeast' : 'atMost'
    if (comparator !== wanted) {
      throw new Error(
        `${where}: of ${metric}, ${better} is better, so its goal must be ${wanted}, not ${comparator}.`,
      )
    }
    requireEvidence(where, goal)
  }
}

function requireKnown(where: string, metric: string, criteria: readonly Criterion[]): void {
  if (isMetric(metric) || criteria.some(({ name }) => name === metric)) return
  const known = [...Object.keys(metrics), ...criteria.map(({ name }) => name)]
  throw new Error(`${where}: there is no metric ${metric}; there are ${known.join(', ')}.`)
}

function requireRows(where: string, benchmark: Benchmark, measured: readonly string[]): void {
  const { dataset, source } = benchmark
  requireShape(`${where}, source`, sourceReference.safeParse(source))
  if (source.kind === 'recorded') requireKey(`${where}, source`, source.key, 'recorded/')
  if (dataset === undefined) {
    if (source.kind !== 'traces' && source.kind !== 'outcomes') {
      throw new Error(`${where}: the source ${source.kind} needs a dataset.`)
    }
  } else {
    requireShape(`${where}, dataset`, datasetReference.safeParse(dataset))
    for (const key of keysOf(dataset)) requireKey(`${where}, dataset`, key, 'datasets/')
  }
  const isLog = dataset?.kind === 'event-log'
  if (isLog && source.kind !== 'dataset') {
    throw new Error(
      `${where}: an event log holds what is judged, so its source must be dataset, not ${source.kind}.`,
    )
  }
  const unfit = measured.find((metric) => metric.startsWith('conformance') !== isLog)
  if (unfit !== undefined && (isLog || unfit.startsWith('conformance'))) {
    throw new Error(
      isLog
        ? `${where}: ${unfit} cannot be measured on an event log.`
        : `${where}: ${unfit} is measured on an event log, which the dataset is not.`,
    )
  }
}

function requireSettings(where: string, benchmark: Benchmark, measured: readonly string[]): void {
  const { k, graph, schedule } = benchmark
  if (k !== undefined && !(Number.isInteger(k) && k >= 1 && k <= 100)) {
    throw new Error(`${where}: k is ${k}; give a whole number from 1 to 100.`)
  }
  if (measured.includes('graph_coverage') && graph === undefined) {
    throw new Error(`${where}: graph_coverage needs a graph; say in which object it is.`)
  }
  if (graph !== undefined) {
    requireKey(`${where}, graph`, graph.key, 'graphs/')
    const { hops = 1 } = graph
    if (!Number.isInteger(hops) || hops < 0) {
      throw new Error(`${where}: graph.hops is ${hops}; give a whole number, 0 or more.`)
    }
  }
  if (schedule !== undefined && schedule !== 'never') {
    requireCron(`${where}, schedule`, schedule)
  }
}

function keysOf(dataset: DatasetReference): readonly string[] {
  if (dataset.kind === 'jsonl') return [dataset.key]
  return dataset.kind === 'event-log' ? [dataset.log, dataset.model] : []
}

/** The functions of an evaluation may read below these folders and nowhere else. */
function requireKey(where: string, key: string, folder: string): void {
  if (key.startsWith(folder) && key.length > folder.length) return
  throw new Error(`${where}: "${key}" is not below ${folder} of the artifact bucket; put it there.`)
}

function requireShape(
  where: string,
  parsed: ReturnType<typeof datasetReference.safeParse | typeof sourceReference.safeParse>,
): void {
  const [issue] = parsed.error?.issues ?? []
  if (issue === undefined) return
  throw new Error(`${where}: ${[issue.path.join('.'), issue.message].filter(Boolean).join(': ')}.`)
}
