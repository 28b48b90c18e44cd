import { scoresKey } from '../domain/evaluation-scores.ts'

/**
 * Keys of what an evaluation keeps in the artifact bucket:
 * `plan.json`, `rejected.jsonl` (`{ line, id?, reason }`), `batches/<n>.jsonl` (AnsweredRow or DatasetRow to be asked),
 * `answers/<n>.jsonl` (AnsweredRow of those asked so far), `rows/<n>.jsonl` (ScoredRow, in the order of the batch),
 * `conformance.json` (figures of an event log as a whole) and `scores.json` (see `lambdas/domain/evaluation-scores.ts`).
 */
export const filesOf = (evaluationId: string) => {
  const folder = `evaluations/${evaluationId}`
  return {
    plan: `${folder}/plan.json`,
    rejected: `${folder}/rejected.jsonl`,
    batch: (batch: number) => `${folder}/batches/${batch}.jsonl`,
    answers: (batch: number) => `${folder}/answers/${batch}.jsonl`,
    rows: (batch: number) => `${folder}/rows/${batch}.jsonl`,
    conformance: `${folder}/conformance.json`,
    scores: scoresKey(evaluationId),
  }
}
