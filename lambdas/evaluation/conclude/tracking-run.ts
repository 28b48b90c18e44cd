import { type Mlflow, MlflowError } from '../../platform/mlflow.ts'
import type { EvaluationStatus } from '../plan.ts'

/** A run as `runs/get` answers it. */
export interface TrackingRun {
  readonly runId: string
  readonly artifactUri: string
  readonly tags: Readonly<Record<string, string>>
  readonly parameters: Readonly<Record<string, string>>
}

interface Pair {
  readonly key: string
  readonly value: string
}

/** Limits of `runs/log-batch`; the sum of all must stay below 1,000. */
const metricsPerCall = 900
const pairsPerCall = 100
/** Longer values are refused. */
const longestParameter = 6_000
const longestTag = 8_000

/** The run; `undefined` when somebody deleted it. */
export async function readRun(mlflow: Mlflow, runId: string): Promise<TrackingRun | undefined> {
  try {
    const { run } = await mlflow.call<{
      run: {
        info: { artifact_uri?: string; lifecycle_stage?: string }
        data?: { tags?: Pair[]; params?: Pair[] }
      }
    }>('GET', '/api/2.0/mlflow/runs/get', { run_id: runId })
    if (run.info.lifecycle_stage === 'deleted') return undefined
    return {
      runId,
      artifactUri: run.info.artifact_uri ?? '',
      tags: toRecord(run.data?.tags),
      parameters: toRecord(run.data?.params),
    }
  } catch (error) {
    if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}

/**
 * Writes figures, parameters and tags. Writing the same again changes nothing; a parameter that is there keeps its
 * value, for MLflow refuses another one.
 * @param at moment of the figures: the same one in every attempt, or they would stand there twice
 */
export async function writeRun(
  mlflow: Mlflow,
  run: TrackingRun,
  content: {
    readonly metrics: Readonly<Record<string, number>>
    readonly parameters: Readonly<Record<string, string>>
    readonly tags: Readonly<Record<string, string>>
    readonly at: Date
  },
): Promise<void> {
  const metrics = Object.entries(content.metrics).map(([key, value]) => ({
    key,
    value,
    timestamp: content.at.getTime(),
    step: 0,
  }))
  const params = toPairs(content.parameters, longestParameter).filter(
    ({ key }) => !Object.hasOwn(run.parameters, key),
  )
  const tags = toPairs(content.tags, longestTag)
  const calls = [
    ...chunks(metrics, metricsPerCall).map((part) => ({ metrics: part })),
    ...chunks(params, pairsPerCall).map((part) => ({ params: part })),
    ...chunks(tags, pairsPerCall).map((part) => ({ tags: part })),
  ]
  for (const call of calls) {
    await mlflow.call('POST', '/api/2.0/mlflow/runs/log-batch', { run_id: run.runId, ...call })
  }
}

/** Ends a run as MLflow understands it: an incomplete evaluation has finished, and says so in a tag. */
export async function endRun(
  mlflow: Mlflow,
  runId: string,
  status: EvaluationStatus,
  at: Date,
): Promise<void> {
  await mlflow.call('POST', '/api/2.0/mlflow/runs/update', {
    run_id: runId,
    status: status === 'failed' ? 'FAILED' : status === 'cancelled' ? 'KILLED' : 'FINISHED',
    end_time: at.getTime(),
  })
}

function toRecord(pairs: readonly Pair[] = []): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]))
}

function toPairs(values: Readonly<Record<string, string>>, longest: number): Pair[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: value.slice(0, longest).toWellFormed(),
  }))
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  const parts: Item[][] = []
  for (let start = 0; start < items.length; start += size) {
    parts.push(items.slice(start, start + size))
  }
  return parts
}
