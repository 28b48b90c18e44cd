import type { ScoredRow } from '../../../lambdas/evaluation/row.ts'
import type { MeasureSetting } from '../../../lambdas/evaluation/scoring/measure.ts'

/** A row that was answered and has no scores, but for what is given. */
export function scored(row: Partial<ScoredRow> = {}): ScoredRow {
  return {
    id: 'q1',
    inputs: {},
    traceId: null,
    milliseconds: null,
    failure: null,
    scores: [],
    inputTokens: null,
    outputTokens: null,
    costNanoUsd: null,
    ...row,
  }
}

/** A row with one score. */
export function withScore(
  name: string,
  score: number | null,
  rationale = '',
  version = '1',
): ScoredRow {
  return scored({ scores: [{ name, version, score, rationale, parts: {} }] })
}

export const setting: MeasureSetting = {
  k: 5,
  seed: 7,
  confidence: 0.95,
  graph: { missing: 'The benchmark names no graph.' },
  conformance: { missing: 'There is no event log.' },
}
