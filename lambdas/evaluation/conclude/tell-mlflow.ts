import { readText } from '../../platform/artifacts.ts'
import { filesOf } from '../files.ts'
import { type EvaluationPlan, evaluationPlan } from '../plan.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import type { ScoredRow } from '../row.ts'
import { rowMetricsOf } from '../scoring/score-row.ts'
import { assessTraces, type AssessmentCounts, noAssessments } from './assess-traces.ts'
import type { AssessedEvaluation } from './assessment.ts'
import type { Figure } from './figures.ts'
import { readBatch } from './gather-rows.ts'
import { identifyJudge } from './identify-judge.ts'
import { isRefusal } from './refusal.ts'
import { mostTableRows, rowsTable } from './rows-table.ts'
import { runMetrics, runParameters, runTags } from './run-content.ts'
import type { ConcludeSurroundings } from './surroundings.ts'
import { writeTable } from './table-artifact.ts'
import { endRun, readRun, type TrackingRun, writeRun } from './tracking-run.ts'

/**
 * Writes what an evaluation found into its run and onto the traces of its rows, and ends the run. Everything is written
 * so that doing it again changes nothing. A run that somebody deleted stays deleted.
 */
export async function tellMlflow(
  evaluation: StoredEvaluation,
  figures: readonly Figure[],
  surroundings: ConcludeSurroundings,
): Promise<void> {
  const { mlflow, log } = surroundings
  const { id, runId } = evaluation
  const run = await readRun(mlflow, runId)
  if (run === undefined) {
    log('the run of the evaluation is gone', { evaluationId: id, runId })
    return
  }
  const at = new Date(evaluation.finishedAt ?? surroundings.now())
  try {
    await writeContent(evaluation, figures, run, at, surroundings)
  } catch (error) {
    // What MLflow will never take must not keep the run open, nor the rest from being told.
    if (!isRefusal(error)) throw error
    log('MLflow refused what was found', { evaluationId: id, runId, error: error.message })
  }
  await endRun(mlflow, runId, evaluation.status, at)
}

async function writeContent(
  evaluation: StoredEvaluation,
  figures: readonly Figure[],
  run: TrackingRun,
  at: Date,
  surroundings: ConcludeSurroundings,
): Promise<void> {
  const plan = figures.length === 0 ? undefined : await readPlan(surroundings, evaluation.id)
  const told =
    plan === undefined ? noneTold : await tellRows(evaluation, plan, run, at, surroundings)
  await writeRun(surroundings.mlflow, run, {
    metrics: plan === undefined ? {} : runMetrics(evaluation, figures),
    parameters: told.parameters,
    tags: { ...runTags(evaluation, figures), ...told.tags },
    at,
  })
}

interface Told {
  readonly tags: Readonly<Record<string, string>>
  readonly parameters: Readonly<Record<string, string>>
}

const noneTold: Told = { tags: {}, parameters: {} }

/** The table of the rows, and their scores on their traces: batch by batch, for all rows do not fit into memory. */
async function tellRows(
  evaluation: StoredEvaluation,
  plan: EvaluationPlan,
  run: TrackingRun,
  at: Date,
  surroundings: ConcludeSurroundings,
): Promise<Told> {
  const { artifacts, mlflow, mayContinue, log } = surroundings
  const judge = await identifyJudge(evaluation, surroundings)
  const assessed: AssessedEvaluation = { id: evaluation.id, runId: run.runId, at, ...judge }
  const counts = noAssessments()
  const shown: ScoredRow[] = []
  for (let batch = 0; batch < plan.batches; batch++) {
    const rows = (await readBatch(artifacts, plan, batch)) ?? []
    shown.push(...rows.slice(0, mostTableRows - shown.length))
    await assessTraces(rows, counts, { mlflow, evaluation: assessed, mayContinue, log })
  }
  const tableTag = await writeTable(
    surroundings,
    run,
    rowsTable(shown, rowMetricsOf([...plan.request.metrics])),
  )
  log('assessments', { evaluationId: evaluation.id, ...counts })
  return {
    parameters: runParameters(plan, judge.judge),
    tags: {
      ...tableTag,
      ...(shown.length < plan.dataset.rows && {
        'ops.evaluation.table': `The first ${shown.length} of ${plan.dataset.rows} rows; all are at GET /ops/evaluations/${evaluation.id}/rows.`,
      }),
      ...ofAssessments(counts),
    },
  }
}

/** What is missing on the traces, where something is. */
function ofAssessments({ leftOut, refused }: AssessmentCounts): Record<string, string> {
  if (leftOut + refused === 0) return {}
  return { 'ops.evaluation.assessments': `${leftOut} were left out, ${refused} refused by MLflow.` }
}

async function readPlan(
  { artifacts }: ConcludeSurroundings,
  evaluationId: string,
): Promise<EvaluationPlan> {
  return evaluationPlan.parse(JSON.parse(await readText(artifacts, filesOf(evaluationId).plan)))
}
