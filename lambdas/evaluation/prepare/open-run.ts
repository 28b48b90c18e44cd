import { MlflowError, type Mlflow } from '../../platform/mlflow.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'

/** What is told to MLflow when a run is opened. */
export interface RunToOpen {
  readonly experimentId: string
  readonly evaluationId: string
  readonly name: string
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly tags: Readonly<Record<string, string>>
}

interface ExperimentAnswer {
  readonly experiment: { readonly experiment_id: string; readonly lifecycle_stage: string }
}

/** The id of an experiment, which is created when it is missing. @throws UnusableInput when it was deleted */
export async function findExperiment(mlflow: Mlflow, name: string): Promise<string> {
  const found = await experimentByName(mlflow, name)
  if (found !== undefined) return found
  try {
    const created = await mlflow.call<{ experiment_id: string }>(
      'POST',
      '/api/2.0/mlflow/experiments/create',
      { name },
    )
    return created.experiment_id
  } catch (error) {
    if (!(error instanceof MlflowError) || error.code !== 'RESOURCE_ALREADY_EXISTS') throw error
    // Somebody else was quicker, or an answer of MLflow was lost and the call repeated.
    const now = await experimentByName(mlflow, name)
    if (now === undefined) throw error
    return now
  }
}

async function experimentByName(mlflow: Mlflow, name: string): Promise<string | undefined> {
  try {
    const { experiment } = await mlflow.call<ExperimentAnswer>(
      'GET',
      '/api/2.0/mlflow/experiments/get-by-name',
      { experiment_name: name },
    )
    if (experiment.lifecycle_stage === 'active') return experiment.experiment_id
    throw new UnusableInput(
      `The MLflow experiment ${name} was deleted. Restore it (mlflow experiments restore -x ${experiment.experiment_id}), or name another one in config/workloads.ts.`,
    )
  } catch (error) {
    if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}

/**
 * The runs that an evaluation has in MLflow, the one to take first; one is created when there is none. There are more
 * than one after a call to create it was repeated because its answer was lost: see {@link discardRuns}.
 */
export async function openRuns(mlflow: Mlflow, run: RunToOpen): Promise<readonly string[]> {
  const found = await findRuns(mlflow, run)
  if (found.length > 0) return found
  await mlflow.call('POST', '/api/2.0/mlflow/runs/create', {
    experiment_id: run.experimentId,
    run_name: run.name,
    start_time: run.startTime,
    tags: Object.entries(run.tags).map(([key, value]) => ({ key, value })),
  })
  const opened = await findRuns(mlflow, run)
  if (opened.length === 0) throw new Error('MLflow does not find the run that it created.')
  return opened
}

async function findRuns(
  mlflow: Mlflow,
  { experimentId, evaluationId }: RunToOpen,
): Promise<string[]> {
  const { runs = [] } = await mlflow.call<{ runs?: readonly { info: { run_id: string } }[] }>(
    'POST',
    '/api/2.0/mlflow/runs/search',
    {
      experiment_ids: [experimentId],
      filter: `tags.\`ops.evaluation.id\` = '${evaluationId}'`,
      max_results: 100,
    },
  )
  return runs.map(({ info }) => info.run_id).toSorted()
}

/** Deletes runs that an evaluation has too many. */
export async function discardRuns(mlflow: Mlflow, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) {
    await mlflow.call('POST', '/api/2.0/mlflow/runs/delete', { run_id: runId })
  }
}

/** Ends a run that was opened for an evaluation which was over by then. */
export async function abandonRun(
  mlflow: Mlflow,
  runId: string,
  status: string,
  now: Date,
): Promise<void> {
  await mlflow.call('POST', '/api/2.0/mlflow/runs/log-batch', {
    run_id: runId,
    tags: [{ key: 'ops.evaluation.status', value: status }],
  })
  await mlflow.call('POST', '/api/2.0/mlflow/runs/update', {
    run_id: runId,
    status: status === 'cancelled' ? 'KILLED' : 'FAILED',
    end_time: now.getTime(),
  })
}
