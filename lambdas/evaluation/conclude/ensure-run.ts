import { describeSubject } from '../../domain/subject.ts'
import { type Mlflow, MlflowError } from '../../platform/mlflow.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import { noteRun } from './records.ts'
import type { ConcludeSurroundings } from './surroundings.ts'

/** Tag by which the run of an evaluation is found. */
const evaluationTag = 'ops.evaluation.id'

/**
 * The evaluation with its run. One that failed before it had one gets it here, so that it is seen in MLflow, too; a run
 * that was opened and not noted is found by its tag. A workload that is no longer configured has no experiment.
 */
export async function ensureRun(
  evaluation: StoredEvaluation,
  { mlflow, database, workloads }: ConcludeSurroundings,
): Promise<StoredEvaluation> {
  if (evaluation.runId !== '') return evaluation
  const workload = workloads.find(({ name }) => name === evaluation.request.workload)
  if (workload === undefined) return evaluation
  const experimentId = await ensureExperiment(mlflow, workload.experiment)
  const runId =
    (await findRun(mlflow, experimentId, evaluation.id)) ??
    (await openRun(mlflow, experimentId, evaluation))
  await noteRun(database, evaluation.id, { experimentId, runId })
  return { ...evaluation, experimentId, runId }
}

async function ensureExperiment(mlflow: Mlflow, name: string): Promise<string> {
  const found = await findExperiment(mlflow, name)
  if (found !== undefined) return found
  try {
    const { experiment_id: id } = await mlflow.call<{ experiment_id: string }>(
      'POST',
      '/api/2.0/mlflow/experiments/create',
      { name },
    )
    return id
  } catch (error) {
    // Somebody was faster.
    const raced = await findExperiment(mlflow, name)
    if (raced === undefined) throw error
    return raced
  }
}

async function findExperiment(mlflow: Mlflow, name: string): Promise<string | undefined> {
  try {
    const { experiment } = await mlflow.call<{ experiment: { experiment_id: string } }>(
      'GET',
      '/api/2.0/mlflow/experiments/get-by-name',
      { experiment_name: name },
    )
    return experiment.experiment_id
  } catch (error) {
    if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined
    throw error
  }
}

async function findRun(
  mlflow: Mlflow,
  experimentId: string,
  evaluationId: string,
): Promise<string | undefined> {
  const { runs = [] } = await mlflow.call<{ runs?: { info: { run_id: string } }[] }>(
    'POST',
    '/api/2.0/mlflow/runs/search',
    {
      experiment_ids: [experimentId],
      filter: `tags.\`${evaluationTag}\` = '${evaluationId}'`,
      max_results: 1,
    },
  )
  return runs[0]?.info.run_id
}

async function openRun(
  mlflow: Mlflow,
  experimentId: string,
  { id, request, subject, startedAt, requestedAt }: StoredEvaluation,
): Promise<string> {
  const { run } = await mlflow.call<{ run: { info: { run_id: string } } }>(
    'POST',
    '/api/2.0/mlflow/runs/create',
    {
      experiment_id: experimentId,
      run_name: `benchmark ${request.workload} ${describeSubject(subject)}`,
      start_time: Date.parse(startedAt ?? requestedAt),
      tags: [
        { key: evaluationTag, value: id },
        { key: 'ops.subject.kind', value: subject.kind },
        ...(subject.kind === 'application'
          ? []
          : [
              { key: 'ops.subject.name', value: subject.name },
              { key: 'ops.subject.version', value: subject.version },
            ]),
      ],
    },
  )
  return run.info.run_id
}
