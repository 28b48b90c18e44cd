import { Problem } from '../../domain/problem.ts'
import { type Mlflow, MlflowError } from '../../platform/mlflow.ts'
import type { CandidateRun, RunFigure } from './best-run.ts'

/** Pages of runs that are read; a page of long notes must stay below the 10 MB of the front door. */
const runsPerPage = 200
const mostPages = 5

/** A run that says more about itself is cut. */
const mostParameters = 50
const longestValue = 500

interface Run {
  readonly info: {
    readonly run_id: string
    readonly run_name?: string
    readonly end_time?: number | string
  }
  readonly data?: {
    readonly metrics?: readonly { readonly key: string; readonly value: unknown }[]
    readonly params?: readonly { readonly key: string; readonly value: string }[]
    readonly tags?: readonly { readonly key: string; readonly value: string }[]
  }
  readonly inputs?: {
    readonly dataset_inputs?: readonly { readonly dataset?: { readonly digest?: string } }[]
  }
}

/**
 * The finished runs of an experiment that applications logged by themselves, newest first, with their figures of the
 * metrics that are named: those logged as `<metric>` or, as MLflow's evaluations do, as `<metric>/mean`. How many
 * samples there were is taken from `<metric>/samples`, where it is logged.
 * @throws Problem a 503 while MLflow is away
 */
export async function readMlflowRuns(
  mlflow: Mlflow,
  experiment: string,
  metrics: readonly string[],
): Promise<{ readonly runs: CandidateRun[]; readonly truncated: boolean }> {
  try {
    const { experiment: found } = await mlflow.call<{ experiment: { experiment_id: string } }>(
      'GET',
      '/api/2.0/mlflow/experiments/get-by-name',
      { experiment_name: experiment },
    )
    const runs: CandidateRun[] = []
    let pageToken: string | undefined
    for (let page = 0; page < mostPages; page++) {
      const answer = await mlflow.call<{ runs?: Run[]; next_page_token?: string }>(
        'POST',
        '/api/2.0/mlflow/runs/search',
        {
          experiment_ids: [found.experiment_id],
          filter: "attributes.status = 'FINISHED'",
          order_by: ['attributes.end_time DESC'],
          max_results: runsPerPage,
          ...(pageToken !== undefined && { page_token: pageToken }),
        },
      )
      runs.push(...(answer.runs ?? []).filter(isForeign).map((run) => toRun(run, metrics)))
      pageToken = answer.next_page_token || undefined
      if (pageToken === undefined) break
    }
    return { runs, truncated: pageToken !== undefined }
  } catch (error) {
    if (!(error instanceof MlflowError)) throw error
    if (error.code === 'RESOURCE_DOES_NOT_EXIST') return { runs: [], truncated: false }
    const problem = new Problem({
      status: 503,
      title: 'MLflow did not answer',
      detail: 'The runs could not be read. Try again in a minute.',
      retryAfterSeconds: 60,
    })
    problem.cause = error
    throw problem
  }
}

/** Runs of evaluations are known by `ops.evaluation` already. */
function isForeign({ data }: Run): boolean {
  return data?.tags?.every(({ key }) => key !== 'ops.evaluation.id') ?? true
}

function toRun({ info, data, inputs }: Run, metrics: readonly string[]): CandidateRun {
  const logged = new Map(data?.metrics?.map(({ key, value }) => [key, value]))
  const numberOf = (...keys: readonly string[]): number | null => {
    const value = keys.map((key) => logged.get(key)).find((each) => each !== undefined)
    return typeof value === 'number' && Number.isFinite(value) ? value : null
  }
  const figureOf = (metric: string): RunFigure => {
    const samples = numberOf(`${metric}/samples`)
    return {
      value: numberOf(`${metric}/mean`, metric),
      samples: samples !== null && Number.isInteger(samples) && samples >= 0 ? samples : null,
      lower: numberOf(`${metric}/lower`),
      upper: numberOf(`${metric}/upper`),
    }
  }
  const digests = inputs?.dataset_inputs?.map(({ dataset }) => dataset?.digest) ?? []
  return {
    kind: 'mlflow-run',
    evaluationId: null,
    runId: info.run_id,
    runName: info.run_name ?? '',
    subject: null,
    parameters: Object.fromEntries(
      (data?.params ?? [])
        .slice(0, mostParameters)
        .map(({ key, value }) => [key, value.slice(0, longestValue).toWellFormed()]),
    ),
    datasetDigest: digests.length === 1 ? (digests[0] ?? null) : null,
    finishedAt: momentOf(info.end_time),
    figures: new Map(metrics.map((metric) => [metric, figureOf(metric)])),
    costPerRowUsd: figureOf('cost_per_row_usd').value,
  }
}

function momentOf(milliseconds: number | string | undefined): string | null {
  const moment = new Date(Number(milliseconds ?? Number.NaN))
  return Number.isNaN(moment.getTime()) ? null : moment.toISOString()
}
