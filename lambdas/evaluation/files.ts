/**
 * Keys of what an evaluation keeps in the artifact bucket:
 * `plan.json`, `rejected.jsonl` (`{ line, id?, reason }`), `batches/<n>.jsonl` (AnsweredRow or DatasetRow to be asked),
 * `rows/<n>.jsonl` (ScoredRow, in the order of the batch) and `scores.json` (see `scores.ts`).
 */
export const filesOf = (evaluationId: string) => {
  const folder = `evaluations/${evaluationId}`
  return {
    plan: `${folder}/plan.json`,
    rejected: `${folder}/rejected.jsonl`,
    batch: (batch: number) => `${folder}/batches/${batch}.jsonl`,
    rows: (batch: number) => `${folder}/rows/${batch}.jsonl`,
    scores: `${folder}/scores.json`,
  }
}
