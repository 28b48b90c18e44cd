import {
  citationAccuracy,
  faithfulness,
  hallucinationRate,
  type JudgedAnswer,
} from '../metrics/claims.ts'
import type { Part, Score } from '../metrics/metric.ts'

/** Metrics that follow from the claims of an answer. */
const claimMetrics = {
  faithfulness,
  hallucination_rate: hallucinationRate,
  citation_accuracy: citationAccuracy,
} as const

/** Name of a metric that follows from the claims of an answer. */
export type ClaimMetric = keyof typeof claimMetrics

/** Whether a metric follows from the claims of an answer. */
export function isClaimMetric(metric: string): metric is ClaimMetric {
  return Object.hasOwn(claimMetrics, metric)
}

/** The score of an answer whose claims were judged, with each claim and the passage that decides it. */
export function scoreClaims(metric: ClaimMetric, judged: JudgedAnswer): Score {
  const score = claimMetrics[metric].score(judged)
  const verdicts = (judged.claims ?? []).map(
    ({ claim, support, passage, rationale, citations }): Part => ({
      claim,
      support,
      context: passage?.contextId ?? null,
      passage: passage?.text ?? null,
      rationale,
      citations: citations.map(({ cited, verdict }) => ({ cited, verdict })),
    }),
  )
  return { ...score, parts: { ...score.parts, verdicts } }
}
