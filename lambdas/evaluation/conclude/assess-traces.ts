import pLimit from 'p-limit'
import { type Mlflow, MlflowError } from '../../platform/mlflow.ts'
import type { ScoredRow } from '../row.ts'
import { type AssessedEvaluation, assessmentOf, sourceRunKey } from './assessment.ts'
import { isAway } from './refusal.ts'

/** What became of the assessments of an evaluation. */
export interface AssessmentCounts {
  written: number
  /** Written by an attempt before this one. */
  present: number
  /** Rows whose trace MLflow does not have. */
  withoutTrace: number
  /** MLflow did not take them. */
  refused: number
  /** There were too many of them, or no time was left. */
  leftOut: number
}

export interface AssessOptions {
  readonly mlflow: Mlflow
  readonly evaluation: AssessedEvaluation
  readonly mayContinue: () => boolean
  readonly log: (message: string, details: Record<string, unknown>) => void
}

/** Most assessments of an evaluation: each is a call to MLflow, and they must not keep the rest waiting for long. */
export const mostAssessments = 10_000

/** Calls at the same time: MLflow's one process answers no more of them any faster. */
const callsAtOnce = 8

/** MLflow links no more traces to a run at a time. */
const tracesPerCall = 100

interface TraceInfo {
  readonly trace_id: string
  readonly assessments?: readonly {
    readonly assessment_name: string
    readonly metadata?: Readonly<Record<string, string>>
  }[]
}

/** Counts of nothing, to be added to. */
export function noAssessments(): AssessmentCounts {
  return { written: 0, present: 0, withoutTrace: 0, refused: 0, leftOut: 0 }
}

/**
 * Links the traces of some rows to the run and writes the rows' scores on them, one assessment for each, unless this
 * evaluation has done so before. A trace that is not there, and what MLflow refuses, is counted. Adds to the counts.
 * @throws MlflowError when MLflow stays away
 */
export async function assessTraces(
  rows: readonly ScoredRow[],
  counts: AssessmentCounts,
  options: AssessOptions,
): Promise<void> {
  const traced = rows.filter(({ traceId }) => traceId !== null)
  for (let start = 0; start < traced.length; start += tracesPerCall) {
    await assessPart(traced.slice(start, start + tracesPerCall), counts, options)
  }
}

async function assessPart(
  rows: readonly ScoredRow[],
  counts: AssessmentCounts,
  options: AssessOptions,
): Promise<void> {
  const { mlflow, evaluation } = options
  const done = await namesByTrace(
    mlflow,
    rows.map(({ traceId }) => traceId ?? ''),
    evaluation.runId,
  )
  if (done.size > 0) {
    await mlflow.call('POST', '/api/2.0/mlflow/traces/link-to-run', {
      run_id: evaluation.runId,
      trace_ids: [...done.keys()],
    })
  }
  const limit = pLimit(callsAtOnce)
  const writing: Promise<void>[] = []
  for (const row of rows) {
    const names = done.get(row.traceId ?? '')
    if (names === undefined) {
      counts.withoutTrace += 1
      continue
    }
    for (const score of row.scores) {
      const assessment = assessmentOf(row, score, evaluation)
      if (assessment === undefined) continue
      if (names.has(score.name)) {
        counts.present += 1
        continue
      }
      // Two rows of one trace have one assessment of each name.
      names.add(score.name)
      if (counts.written + counts.present + writing.length >= mostAssessments) {
        counts.leftOut += 1
        continue
      }
      writing.push(limit(() => write(row.traceId ?? '', assessment, counts, options)))
    }
  }
  await Promise.all(writing)
}

async function write(
  traceId: string,
  assessment: Readonly<Record<string, unknown>>,
  counts: AssessmentCounts,
  { mlflow, mayContinue, log }: AssessOptions,
): Promise<void> {
  if (!mayContinue()) {
    counts.leftOut += 1
    return
  }
  try {
    await mlflow.call('POST', `/api/3.0/mlflow/traces/${encodeURIComponent(traceId)}/assessments`, {
      assessment,
    })
    counts.written += 1
  } catch (error) {
    if (!(error instanceof MlflowError) || isAway(error)) throw error
    counts.refused += 1
    if (counts.refused === 1) log('MLflow refused an assessment', { traceId, error: error.message })
  }
}

/** The names of this run's assessments on each of the traces that MLflow has. */
async function namesByTrace(
  mlflow: Mlflow,
  traceIds: readonly string[],
  runId: string,
): Promise<Map<string, Set<string>>> {
  const { trace_infos: infos = [] } = await mlflow.call<{ trace_infos?: TraceInfo[] }>(
    'POST',
    '/api/3.0/mlflow/traces/batchGetInfos',
    { trace_ids: [...new Set(traceIds)] },
  )
  return new Map(
    infos.map(({ trace_id: id, assessments = [] }) => [
      id,
      new Set(
        assessments
          .filter(({ metadata }) => metadata?.[sourceRunKey] === runId)
          .map(({ assessment_name: name }) => name),
      ),
    ]),
  )
}
