import { defineMetric, unscored } from './metric.ts'

/** What the contexts say of a claim. */
export type Support = 'supported' | 'contradicted' | 'not mentioned'

/** A passage of a context. */
export interface Passage {
  /** Id of the context that it stands in. */
  readonly contextId: string
  readonly text: string
}

/** A clause that a claim names as its ground. */
export interface Citation {
  /** As the answer writes it. */
  readonly cited: string
  /** Whether it is one of the contexts, and that one supports the claim. */
  readonly verdict: 'right' | 'unknown clause' | 'does not support the claim'
}

/** A claim of an answer as a judge sees it, whichever judge it was. */
export interface JudgedClaim {
  readonly claim: string
  readonly support: Support
  /** The passage that supports or contradicts it. */
  readonly passage: Passage | null
  readonly rationale: string
  readonly citations: readonly Citation[]
}

/** An answer as judged; `claims` is `null` when the judge gave no verdict. */
export interface JudgedAnswer {
  /** Name and version of the judge, such as `lexical-v1`. */
  readonly judge: string
  readonly claims: readonly JudgedClaim[] | null
}

/** Supported claims / claims. */
export const faithfulness = defineMetric<JudgedAnswer>(
  {
    name: 'faithfulness',
    version: '1',
    per: 'row',
    better: 'higher',
    definition: 'Claims of the answer that the contexts support / its claims.',
    source: 'Es et al., RAGAS, EACL 2024',
  },
  (answer) =>
    overClaims(answer, (claims) => {
      const supported = count(claims, 'supported')
      return {
        score: supported / claims.length,
        rationale: `${supported} of ${claims.length} claims are supported.`,
      }
    }),
)

/** Share of answers with an unsupported claim. */
export const hallucinationRate = defineMetric<JudgedAnswer>(
  {
    name: 'hallucination_rate',
    version: '1',
    per: 'row',
    better: 'lower',
    definition:
      '1 for an answer with at least one claim that the contexts contradict or do not mention, else 0; the figure is the share of such answers.',
    source: "Vectara's hallucination leaderboard: share of answers, not of claims",
  },
  (answer) =>
    overClaims(answer, (claims) => {
      const unsupported = claims.length - count(claims, 'supported')
      return {
        score: unsupported > 0 ? 1 : 0,
        rationale: `${unsupported} of ${claims.length} claims are not supported.`,
      }
    }),
)

/** Right citations / citations. */
export const citationAccuracy = defineMetric<JudgedAnswer>(
  {
    name: 'citation_accuracy',
    version: '1',
    per: 'row',
    better: 'higher',
    definition:
      'Citations that name a clause among the contexts which supports the claim that cites it / citations of the answer. An answer without citations has no score.',
    source: 'Gao et al., ALCE, EMNLP 2023: citation precision',
  },
  (answer) => {
    if (answer.claims === null)
      return unscored('The judge gave no verdict.', { judge: answer.judge })
    const citations = answer.claims.flatMap((claim) => claim.citations)
    const right = citations.filter(({ verdict }) => verdict === 'right').length
    const parts = {
      judge: answer.judge,
      citations: citations.length,
      right,
      wrong: citations
        .filter(({ verdict }) => verdict !== 'right')
        .map(({ cited, verdict }) => `${cited}: ${verdict}`),
      claimsWithoutCitation: answer.claims.filter((claim) => claim.citations.length === 0).length,
    }
    if (citations.length === 0) return unscored('The answer cites nothing.', parts)
    return {
      score: right / citations.length,
      rationale: `${right} of ${citations.length} citations are right.`,
      parts,
    }
  },
)

function overClaims(
  { judge, claims }: JudgedAnswer,
  measure: (claims: readonly JudgedClaim[]) => {
    readonly score: number
    readonly rationale: string
  },
): ReturnType<typeof unscored> {
  if (claims === null) return unscored('The judge gave no verdict.', { judge })
  if (claims.length === 0) return unscored('The answer claims nothing.', { judge, claims: 0 })
  return {
    ...measure(claims),
    parts: {
      judge,
      claims: claims.length,
      supported: count(claims, 'supported'),
      contradicted: count(claims, 'contradicted'),
      notMentioned: count(claims, 'not mentioned'),
    },
  }
}

function count(claims: readonly JudgedClaim[], support: Support): number {
  return claims.filter((claim) => claim.support === support).length
}
