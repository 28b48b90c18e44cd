import { defineMetric, unscored } from './metric.ts'

/** What an LLM and an embedding model found out about the relevancy of an answer. */
export interface JudgedRelevancy {
  /** Name of the judge. */
  readonly judge: string
  /** Questions that the answer would answer, as the LLM wrote them; `null` when it gave none. */
  readonly generated:
    | readonly {
        readonly question: string
        /** Whether the answer evades: it says only that it does not know. */
        readonly noncommittal: boolean
        /** Cosine of the embeddings of this question and of the one that was asked, -1 to 1. */
        readonly similarity: number
      }[]
    | null
}

/** Mean likeness of the question asked and those that the answer would answer. */
export const answerRelevancy = defineMetric<JudgedRelevancy>(
  {
    name: 'answer_relevancy',
    version: '1',
    per: 'row',
    better: 'higher',
    definition:
      'Mean cosine of the embeddings of the question asked and of the questions that an LLM thinks the answer answers (3); 0 if all of them mark the answer as noncommittal; never below 0.',
    source: 'Es et al., RAGAS, EACL 2024: answer relevance',
  },
  ({ judge, generated }) => {
    if (generated === null || generated.length === 0) {
      return unscored('The judge gave no verdict.', { judge })
    }
    const parts = { judge, generated }
    if (generated.every(({ noncommittal }) => noncommittal)) {
      return { score: 0, rationale: 'The answer says that it does not know.', parts }
    }
    const mean = generated.reduce((sum, { similarity }) => sum + similarity, 0) / generated.length
    return {
      score: Math.max(0, mean),
      rationale: `The ${generated.length} questions that it answers are ${mean.toFixed(3)} like the one asked.`,
      parts,
    }
  },
)
