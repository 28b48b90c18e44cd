import { runName, tagsAtStart } from '../prepare/describe-run.ts'
import { findExperiment, openRuns } from '../prepare/open-run.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import { noteRun } from './records.ts'
import { isRefusal } from './refusal.ts'
import type { ConcludeSurroundings } from './surroundings.ts'

/**
 * The evaluation with its run. One that failed before it had one gets it here, so that it is seen in MLflow, too; a run
 * that was opened and not noted is found by its tag. There is none for a workload that is no longer configured, or whose
 * experiment was deleted.
 * @throws MlflowError when MLflow stays away
 */
export async function ensureRun(
  evaluation: StoredEvaluation,
  { mlflow, database, workloads, log }: ConcludeSurroundings,
): Promise<StoredEvaluation> {
  const { id, request, runId: known } = evaluation
  const workload = workloads.find(({ name }) => name === request.workload)
  if (known !== '' || workload === undefined) return evaluation
  try {
    const experimentId = await findExperiment(mlflow, workload.experiment)
    const [runId = ''] = await openRuns(mlflow, {
      experimentId,
      evaluationId: id,
      name: runName(request),
      startTime: Date.parse(evaluation.startedAt ?? evaluation.requestedAt),
      tags: tagsAtStart(evaluation, workload.qualityGoals ?? []),
    })
    await noteRun(database, id, { experimentId, runId })
    return { ...evaluation, experimentId, runId }
  } catch (error) {
    if (!(error instanceof UnusableInput) && !isRefusal(error)) throw error
    log('the evaluation has no run', { evaluationId: id, error: error.message })
    return evaluation
  }
}
