import type { Workload } from '../../domain/workload.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import { readEvaluation, type StoredEvaluation } from '../read-evaluation.ts'
import { isLarge } from './batch-size.ts'
import { parametersAtStart, runName, tagsAtStart } from './describe-run.ts'
import { gatherRows } from './gather-rows.ts'
import { makePlan } from './make-plan.ts'
import { abandonRun, discardRuns, findExperiment, openRuns } from './open-run.ts'
import { type PreparedPlan, readPlan } from './prepared-plan.ts'
import { keepRows, keepRun, markRunning } from './progress.ts'
import { requireVersion } from './require-version.ts'
import type { PrepareSurroundings } from './surroundings.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'

/** What goes back to the state machine. */
export interface Prepared {
  readonly evaluationId: string
  /** The batches, each as the input of its step; none when the evaluation is over. */
  readonly items: readonly { readonly evaluationId: string; readonly batch: number }[]
  /** Whether they are too many for an inline Map. */
  readonly large: boolean
  readonly rows: number
  /** Seconds to wait at the end, before costs are settled, for traces that are still on their way. */
  readonly secondsForTraces: number
  /** Whether the evaluation was cancelled or has ended, so that there is nothing to do. */
  readonly skip: boolean
}

/** Applications hand their traces over in the background; the last ones of an evaluation take some seconds. */
const secondsForTraces = 20

/** MLflow's digests of datasets are shorter than SHA-256: what is shown there is its beginning. */
const longestDigest = 36

/**
 * Makes an evaluation ready for its batches: opens its run in MLflow, reads its rows, writes them in batches. It may be
 * ended anywhere and called again: there is one run, and once a plan is written it stays as it is.
 *
 * The run comes first, so that an evaluation whose rows cannot be read is a failed run and not none.
 * @throws UnusableInput, UnreadableFile with what somebody has to mend
 */
export async function prepareEvaluation(
  evaluationId: string,
  surroundings: PrepareSurroundings,
): Promise<Prepared> {
  const { database, artifacts, mlflow, log } = surroundings
  const evaluation = await readEvaluation(database, evaluationId)
  if (evaluation === undefined) throw new UnusableInput(`There is no evaluation ${evaluationId}.`)
  const startedAt = await markRunning(database, evaluationId, surroundings.now())
  if (startedAt === undefined) return nothingToDo(evaluationId)
  const workload = workloadOf(evaluation, surroundings.workloads)
  const run = await openRun(evaluation, workload, startedAt, surroundings)
  if (run === undefined) return nothingToDo(evaluationId)

  let plan = await readPlan(artifacts, evaluationId)
  if (plan === undefined) {
    await requireVersion(mlflow, evaluation.subject)
    const gathered = await gatherRows(evaluation, workload, run.experimentId, surroundings)
    plan = await makePlan(evaluation, run, gathered, surroundings)
  }
  await describeRun(mlflow, plan)
  if (!(await keepRows(database, plan))) return nothingToDo(evaluationId)
  log('prepared', { evaluationId, ...plan.dataset, batches: plan.batches })
  return {
    evaluationId,
    items: Array.from({ length: plan.batches }, (_, batch) => ({ evaluationId, batch })),
    large: isLarge(plan.batches),
    rows: plan.dataset.rows,
    secondsForTraces: evaluation.request.source.kind === 'endpoint' ? secondsForTraces : 0,
    skip: false,
  }
}

function nothingToDo(evaluationId: string): Prepared {
  return { evaluationId, items: [], large: false, rows: 0, secondsForTraces: 0, skip: true }
}

function workloadOf({ request }: StoredEvaluation, workloads: readonly Workload[]): Workload {
  const workload = workloads.find(({ name }) => name === request.workload)
  if (workload !== undefined) return workload
  throw new UnusableInput(
    `The workload ${request.workload} is not in config/workloads.ts any more.`,
  )
}

/** The evaluation's one run; `undefined` when the evaluation was over before it had one. */
async function openRun(
  evaluation: StoredEvaluation,
  workload: Workload,
  startedAt: string,
  { database, mlflow, now }: PrepareSurroundings,
): Promise<{ experimentId: string; runId: string } | undefined> {
  const { id: evaluationId, request } = evaluation
  const experimentId =
    evaluation.experimentId || (await findExperiment(mlflow, workload.experiment))
  const opened = await openRuns(mlflow, {
    experimentId,
    evaluationId,
    name: runName(request),
    startTime: Date.parse(startedAt),
    tags: tagsAtStart(evaluation, workload.qualityGoals ?? []),
  })
  const candidate = opened[0] ?? ''
  const runId = await keepRun(database, evaluationId, { experimentId, runId: candidate })
  if (runId !== undefined) {
    await discardRuns(mlflow, without(opened, runId))
    return { experimentId, runId }
  }
  const over = await readEvaluation(database, evaluationId)
  if (over === undefined) return undefined
  await discardRuns(mlflow, without(opened, over.runId || candidate))
  // It was cancelled while its first run was being opened: whoever concluded it did not know of the run.
  if (over.runId === '') await abandonRun(mlflow, candidate, over.status, now())
  return undefined
}

function without(runIds: readonly string[], kept: string): string[] {
  return runIds.filter((each) => each !== kept)
}

async function describeRun(mlflow: Mlflow, plan: PreparedPlan): Promise<void> {
  const { runId, input, dataset } = plan
  await mlflow.call('POST', '/api/2.0/mlflow/runs/log-batch', {
    run_id: runId,
    params: Object.entries(parametersAtStart(plan)).map(([key, value]) => ({ key, value })),
    tags: dataset.digest === null ? [] : [{ key: 'ops.dataset.digest', value: dataset.digest }],
  })
  if (input === null || dataset.digest === null) return
  await mlflow.call('POST', '/api/2.0/mlflow/runs/log-inputs', {
    run_id: runId,
    datasets: [
      {
        tags: [{ key: 'mlflow.data.context', value: 'evaluation' }],
        dataset: {
          name: input.name,
          digest: dataset.digest.slice(0, longestDigest),
          source_type: input.sourceType,
          source: input.source,
        },
      },
    ],
  })
}
