import type { EnvironmentConfig } from '../../../config/environments.ts'
import {
  type Benchmark,
  type DatasetReference,
  defaultK,
  type SourceReference,
} from '../../domain/benchmark.ts'
import { lexicalJudgeName } from '../../domain/lexical-judge.ts'
import { invalidRequest } from '../../domain/problem.ts'
import type { Workload } from '../../domain/workload.ts'
import { isMetric, metrics as definitions } from '../metrics/registry.ts'
import type { EvaluationRequest } from '../plan.ts'
import type { EvaluationWish } from './wish.ts'

/** What a wish is completed from. */
export interface Configuration {
  readonly workloads: readonly Workload[]
  readonly config: Pick<EnvironmentConfig, 'evaluation'>
}

/**
 * Completes a wish to a request that leaves nothing to defaults. It is standing when it is what the workload's
 * benchmark says, whoever asked for it and however it was spelled.
 * @throws Problem a 400 that says what to do, for what cannot be evaluated
 */
export function completeRequest(
  wish: EvaluationWish,
  configuration: Configuration,
): EvaluationRequest {
  const request = complete(wish, configuration)
  const configured = complete({ workload: wish.workload }, configuration, false)
  return { ...request, standing: isSame(request, configured) }
}

/** @param checked `false` for what the configuration says, which may not hold in this environment */
function complete(
  wish: EvaluationWish,
  { workloads, config }: Configuration,
  checked = true,
): EvaluationRequest {
  const workload = findWorkload(wish.workload, workloads)
  const { benchmark, qualityGoals = [] } = workload
  if (benchmark === undefined) {
    throw refuse(
      'workload',
      `the workload ${workload.name} has no benchmark; give it one in config/workloads.ts`,
    )
  }
  const source = wish.source ?? benchmark.source
  const request: EvaluationRequest = {
    workload: workload.name,
    standing: false,
    subject: wish.subject ?? { kind: 'application' },
    dataset: needsDataset(source) ? (wish.dataset ?? benchmark.dataset ?? null) : null,
    source,
    metrics: wish.metrics ?? [
      ...new Set([
        ...qualityGoals.map(({ metric }) => metric),
        ...(benchmark.metrics ?? []),
        ...(benchmark.criteria ?? []).map(({ name }) => name),
      ]),
    ],
    judge: wish.judge ?? config.evaluation.defaultJudge,
    k: wish.k ?? benchmark.k ?? defaultK,
    parameters: wish.parameters ?? {},
  }
  if (checked) {
    requireKnownNames(request, workload, config)
    requireFittingSource(request, wish, config)
    requireFittingMetrics(request, benchmark)
  }
  return request
}

function findWorkload(name: string, workloads: readonly Workload[]): Workload {
  const workload = workloads.find((each) => each.name === name)
  if (workload !== undefined) return workload
  throw refuse(
    'workload',
    `there is no workload ${name}; there are ${workloads.map((each) => each.name).join(', ')}`,
  )
}

function requireKnownNames(
  { metrics, judge }: EvaluationRequest,
  { name, benchmark }: Workload,
  { evaluation }: Configuration['config'],
): void {
  const criteria = (benchmark?.criteria ?? []).map((criterion) => criterion.name)
  if (metrics.length === 0) {
    throw refuse(
      'metrics',
      `are needed: the workload ${name} has no quality goals and no metrics in its benchmark`,
    )
  }
  const unknown = metrics.find((metric) => !isMetric(metric) && !criteria.includes(metric))
  if (unknown !== undefined) {
    throw refuse(
      'metrics',
      `there is no metric or criterion ${unknown}; there are the metrics ${Object.keys(definitions).join(', ')}` +
        (criteria.length === 0
          ? `, and ${name} has no criteria: declare one in its benchmark in config/workloads.ts`
          : ` and the criteria ${criteria.join(', ')}`),
    )
  }
  const judges = [lexicalJudgeName, ...Object.keys(evaluation.judges)]
  if (!judges.includes(judge)) {
    throw refuse(
      'judge',
      `there is no judge ${judge} in this environment; there are ${judges.join(', ')}`,
    )
  }
}

function requireFittingSource(
  { workload, subject, dataset, source }: EvaluationRequest,
  wish: EvaluationWish,
  { evaluation }: Configuration['config'],
): void {
  if (source.kind === 'endpoint' && !Object.hasOwn(evaluation.endpoints, workload)) {
    throw refuse(
      'source',
      `the workload ${workload} has no endpoint in this environment; add one to evaluation.endpoints in config/environments.ts, or use recorded outputs`,
    )
  }
  if (subject.kind !== 'application' && source.kind !== 'endpoint' && source.kind !== 'recorded') {
    throw refuse(
      'subject',
      `the source ${source.kind} does not say which version made its outputs; to judge one version use the source endpoint or recorded`,
    )
  }
  if (!needsDataset(source)) {
    if (wish.dataset !== undefined) {
      throw refuse(
        'dataset',
        `has no use with ${source.kind}, each of which is a row; leave it out`,
      )
    }
    return
  }
  if (dataset === null) {
    throw refuse(
      'dataset',
      `is needed for the source ${source.kind}: the workload ${workload} names none in its benchmark`,
    )
  }
  requireFittingDataset(dataset, source)
}

function requireFittingDataset(dataset: DatasetReference, source: SourceReference): void {
  if (dataset.kind === 'event-log' && source.kind !== 'dataset') {
    throw refuse(
      'source',
      `an event log holds what is judged; use the source dataset, not ${source.kind}`,
    )
  }
}

function requireFittingMetrics(
  { metrics, dataset }: EvaluationRequest,
  { graph }: Benchmark,
): void {
  if (metrics.includes('graph_coverage') && graph === undefined) {
    throw refuse(
      'metrics',
      'graph_coverage needs the graph of the benchmark in config/workloads.ts, which has none',
    )
  }
  const conformance = metrics.find((metric) => metric.startsWith('conformance'))
  if (conformance !== undefined && dataset?.kind !== 'event-log') {
    throw refuse('metrics', `${conformance} is measured on an event log; give one as the dataset`)
  }
}

/** Traces and outcomes are rows themselves. */
function needsDataset(source: SourceReference): boolean {
  return source.kind !== 'traces' && source.kind !== 'outcomes'
}

function refuse(field: string, message: string): Error {
  return invalidRequest([{ field: `body.${field}`, message }])
}

/** Whether two requests, made by the same code, ask for the same. */
function isSame(left: EvaluationRequest, right: EvaluationRequest): boolean {
  return canonical(left) === canonical(right)
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner).toSorted(([left], [right]) => (left < right ? -1 : 1)),
        )
      : inner,
  )
}
