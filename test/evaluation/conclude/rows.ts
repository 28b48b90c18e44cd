import { filesOf } from '../../../lambdas/evaluation/files.ts'
import type { EvaluationPlan, EvaluationRequest } from '../../../lambdas/evaluation/plan.ts'
import type { ScoredRow } from '../../../lambdas/evaluation/row.ts'
import { unscoredOn } from '../../../lambdas/evaluation/scoring/score-row.ts'
import { toJsonLines } from '../../../lambdas/platform/artifacts.ts'
import { type FakeArtifacts, workload } from './fakes.ts'

type Score = ScoredRow['scores'][number]

export const request: EvaluationRequest = {
  workload: workload.name,
  standing: true,
  subject: { kind: 'application' },
  dataset: { kind: 'jsonl', key: 'datasets/concluded/questions.jsonl' },
  source: { kind: 'endpoint' },
  metrics: ['faithfulness', 'latency', 'is_polite', 'cost_per_row_usd'],
  judge: 'stand-in',
  k: 5,
  parameters: { chunking: 'by clause' },
}

/** A score of 0 to 1. */
export function scored(name: string, score: number): Score {
  return { name, version: '1', score, rationale: `It is ${score}.`, parts: {} }
}

/** No score, as the judge was away. */
export function away(name: string): Score {
  return {
    ...unscoredOn(name, 'The judge answered 503.'),
    parts: { technical: true },
  }
}

/** A row that was answered in 100 ms and is faithful and polite. */
export function row(id: string, more: Partial<ScoredRow> = {}): ScoredRow {
  return {
    id,
    inputs: { question: `What does clause ${id} say?` },
    outputs: { answer: 'It covers theft.', confidence: 0.9 },
    contexts: [{ id: `c-${id}`, text: 'Theft is covered.' }],
    expectations: { answer: 'It covers theft.' },
    traceId: null,
    milliseconds: 100,
    failure: null,
    scores: [scored('faithfulness', 1), scored('latency', 100), scored('is_polite', 1)],
    inputTokens: null,
    outputTokens: null,
    costNanoUsd: null,
    ...more,
  }
}

/** A row whose output could not be had. */
export function failedRow(id: string, failure: string): ScoredRow {
  return row(id, {
    outputs: undefined,
    milliseconds: null,
    failure,
    scores: ['faithfulness', 'latency', 'is_polite'].map((name) => ({
      ...unscoredOn(name, failure),
      parts: {},
    })),
  })
}

/** Writes what prepare and the batches leave behind; a batch of `null` left no result. */
export async function writeEvaluation(
  artifacts: FakeArtifacts,
  evaluationId: string,
  batches: readonly (readonly ScoredRow[] | null)[],
  more: {
    readonly request?: EvaluationRequest
    readonly rejected?: number
    readonly runId?: string
  } = {},
): Promise<EvaluationPlan> {
  const batchSize = 2
  const files = filesOf(evaluationId)
  const plan: EvaluationPlan = {
    evaluationId,
    request: more.request ?? request,
    experimentId: '7',
    runId: more.runId ?? '',
    dataset: {
      digest: 'd1',
      rows: batches.reduce((rows, batch) => rows + (batch?.length ?? batchSize), 0),
      rejected: more.rejected ?? 0,
    },
    batches: batches.length,
    batchSize,
    seed: 42,
  }
  await artifacts.write(files.plan, JSON.stringify(plan))
  for (const [batch, rows] of batches.entries()) {
    const asked = (rows ?? [row(`${batch}-0`), row(`${batch}-1`)]).map(({ id, inputs }) => ({
      id,
      inputs,
    }))
    await artifacts.write(files.batch(batch), toJsonLines(asked))
    if (rows !== null) await artifacts.write(files.rows(batch), toJsonLines(rows))
  }
  return plan
}
