import * as z from 'zod'

/** `scores.json` of a finished evaluation: what comparisons pair, small enough to be read whole. */
export const evaluationScores = z.object({
  evaluationId: z.string(),
  datasetDigest: z.string().nullable(),
  /** In the order of the dataset. */
  rows: z.array(
    z.object({
      id: z.string(),
      /** By metric; `null` where the row could not be scored. */
      scores: z.record(z.string(), z.number().nullable()),
      milliseconds: z.number().nullable(),
      costNanoUsd: z.int().nullable(),
    }),
  ),
})

export type EvaluationScores = z.infer<typeof evaluationScores>

/** Where the artifact bucket has it. */
export function scoresKey(evaluationId: string): string {
  return `evaluations/${evaluationId}/scores.json`
}
