import { filesOf } from '../files.ts'
import { type EvaluationPlan, evaluationPlan, type EvaluationStatus } from '../plan.ts'
import { readEvaluation, type StoredEvaluation } from '../read-evaluation.ts'
import type { EvaluationScores } from '../scores.ts'
import { readMeasureSetting } from '../scoring/read-measure-setting.ts'
import { endOfRows } from './end-of-rows.ts'
import { ensureRun } from './ensure-run.ts'
import { eventsOf } from './events-of.ts'
import { measureFigures } from './figures.ts'
import { identifyJudge } from './identify-judge.ts'
import { gatherRows, type GatheredRows } from './gather-rows.ts'
import { publishedFigures } from './published-figures.ts'
import {
  type Ending,
  isAnnounced,
  noteAnnounced,
  readFigures,
  readVerdictsBefore,
  recordEnd,
  type VerdictBefore,
  withoutFigures,
} from './records.ts'
import { readJudgeCost, sumOfKnown } from './row-costs.ts'
import type { ConcludeSurroundings } from './surroundings.ts'
import { tellMlflow } from './tell-mlflow.ts'
import type { ConcludeWish } from './wish.ts'

/** How an evaluation was concluded. */
export interface Conclusion {
  readonly evaluationId: string
  /** `unknown` for an execution that is no evaluation's. */
  readonly status: EvaluationStatus | 'unknown'
  readonly reason: string
}

/**
 * Ends an evaluation, once: measures its rows, keeps what was found, and tells CloudWatch, MLflow and the platform's bus.
 * What is kept is kept in one statement and never changed; telling is done again until all have been told, in which case
 * nothing is left to do. So a call that dies anywhere is made good by the next one: `docs/adr/057-order-of-concluding.md`.
 * @throws Error for an evaluation that does not exist; whatever a step threw, so that it is tried again
 */
export async function conclude(
  wish: ConcludeWish,
  surroundings: ConcludeSurroundings,
): Promise<Conclusion> {
  const { database } = surroundings
  const { evaluationId } = wish
  const evaluation = await readEvaluation(database, evaluationId)
  if (evaluation === undefined) {
    // Somebody may start the state machine by hand.
    if (wish.isEvent) return { evaluationId, status: 'unknown', reason: '' }
    throw new Error(`There is no evaluation ${evaluationId}.`)
  }
  if (await isAnnounced(database, evaluationId)) return summary(evaluation)
  if (evaluation.status === 'queued' || evaluation.status === 'running') {
    const ending = wish.end ? withoutFigures(wish.end) : await measured(evaluation, surroundings)
    await recordEnd(database, evaluationId, surroundings.now(), ending)
  }
  // As it was kept: by this call, by one before it, or by who cancelled it.
  const ended = await readEvaluation(database, evaluationId)
  if (ended === undefined) throw new Error(`The evaluation ${evaluationId} was deleted.`)
  await announce(ended, surroundings, wish.isEvent)
  return summary(ended)
}

async function measured(
  evaluation: StoredEvaluation,
  surroundings: ConcludeSurroundings,
): Promise<Ending> {
  const { artifacts, database, workloads } = surroundings
  const { id, request } = evaluation
  const plan = await readPlan(surroundings, id)
  if (plan === undefined) {
    return withoutFigures({ status: 'failed', reason: 'It was never prepared: it has no plan.' })
  }
  const gathered = await gatherRows({ artifacts, database }, plan)
  const workload = workloads.find(({ name }) => name === request.workload)
  const setting = await readMeasureSetting(artifacts, plan, workload?.benchmark)
  const figures = measureFigures(
    request.metrics,
    workload?.qualityGoals ?? [],
    gathered.rows,
    setting,
  )
  await artifacts.write(filesOf(id).scores, JSON.stringify(scoresOf(plan, gathered)))
  const judge = await readJudgeCost(database, id)
  const subjectCosts = gathered.rows.map(({ costNanoUsd }) => costNanoUsd)
  return {
    ...endOfRows(plan, gathered),
    figures,
    failedRows: gathered.rows.filter(({ failure }) => failure !== null).length,
    subjectCostNanoUsd: sumOfKnown(subjectCosts),
    judgeCostNanoUsd: judge.costNanoUsd,
    madeWith: {
      judge: (await identifyJudge(evaluation, surroundings)).judge,
      k: request.k,
      seed: plan.seed,
      judgeCalls: { asked: judge.asked, priced: judge.priced, unpriced: judge.unpriced },
      rowsWithCost: subjectCosts.filter((cost) => cost !== null).length,
      ...('digest' in setting.graph && { graphDigest: setting.graph.digest }),
    },
  }
}

function scoresOf(plan: EvaluationPlan, { rows }: GatheredRows): EvaluationScores {
  return {
    evaluationId: plan.evaluationId,
    datasetDigest: plan.dataset.digest,
    rows: rows.map(({ id, scores, milliseconds, costNanoUsd }) => ({
      id,
      scores: Object.fromEntries(scores.map(({ name, score }) => [name, score])),
      milliseconds,
      costNanoUsd,
    })),
  }
}

/**
 * Tells all who are to know, the alarms first; what was told before is told in the same words again.
 * @param isLastResort nobody may call again, so whoever listens to events must hear of the end even if MLflow stays away
 */
async function announce(
  evaluation: StoredEvaluation,
  surroundings: ConcludeSurroundings,
  isLastResort: boolean,
): Promise<void> {
  const { database, environment, publish, lastSuccess, sendEvents } = surroundings
  const { id, request, status } = evaluation
  const finishedAt = evaluation.finishedAt ?? surroundings.now().toISOString()
  const figures = await readFigures(database, id, request.metrics)
  if (request.standing && (status === 'completed' || status === 'incomplete')) {
    const published = publishedFigures(request.workload, figures)
    if (published.length > 0) await publish(published, new Date(finishedAt))
    await lastSuccess(request.workload).write(new Date(finishedAt))
  }
  const before = request.standing
    ? await readVerdictsBefore(database, { id, workload: request.workload, finishedAt })
    : new Map<string, VerdictBefore>()
  const tellBus = (runId: string): Promise<void> =>
    sendEvents(eventsOf(environment, { ...evaluation, runId }, figures, before))
  let { runId } = evaluation
  try {
    const withRun = await ensureRun(evaluation, surroundings)
    runId = withRun.runId
    if (runId !== '') await tellMlflow(withRun, figures, surroundings)
  } catch (error) {
    if (isLastResort) await tellBus(runId)
    throw error
  }
  await tellBus(runId)
  await noteAnnounced(database, id)
}

async function readPlan(
  { artifacts }: ConcludeSurroundings,
  evaluationId: string,
): Promise<EvaluationPlan | undefined> {
  const bytes = await artifacts.read(filesOf(evaluationId).plan)
  if (bytes === undefined) return undefined
  return evaluationPlan.parse(JSON.parse(new TextDecoder().decode(bytes)))
}

function summary({ id, status, reason }: StoredEvaluation): Conclusion {
  return { evaluationId: id, status, reason }
}
