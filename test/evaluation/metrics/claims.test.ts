import { describe, expect, it } from 'vitest'
import {
  citationAccuracy,
  faithfulness,
  hallucinationRate,
  type Citation,
  type JudgedClaim,
  type Support,
} from '../../../lambdas/evaluation/metrics/claims.ts'

const claim = (support: Support, ...citations: Citation['verdict'][]): JudgedClaim => ({
  claim: 'x',
  support,
  passage: null,
  rationale: '',
  citations: citations.map((verdict) => ({ cited: '제1조', verdict })),
})
const judge = 'lexical-v1'

describe('claims', () => {
  it.each([
    [['supported', 'supported'], 1, 0],
    [['supported', 'contradicted'], 0.5, 1],
    [['supported', 'supported', 'supported', 'not mentioned'], 0.75, 1],
    [['not mentioned'], 0, 1],
  ] as const)('%j have a faithfulness of %d and a hallucination of %d', (supports, faith, rate) => {
    const claims = supports.map((support) => claim(support))
    expect(faithfulness.score({ judge, claims }).score).toBe(faith)
    expect(hallucinationRate.score({ judge, claims }).score).toBe(rate)
    expect(faithfulness.score({ judge, claims }).parts).toMatchObject({ judge })
  })

  it('make citations right or wrong', () => {
    const claims = [
      claim('supported', 'right', 'does not support the claim'),
      claim('supported', 'right'),
      claim('not mentioned', 'unknown clause'),
      claim('supported'),
    ]
    const score = citationAccuracy.score({ judge, claims })
    expect(score).toMatchObject({ score: 0.5, parts: { citations: 4, claimsWithoutCitation: 1 } })
  })

  it.each([faithfulness, hallucinationRate, citationAccuracy])(
    'have no score, not 0, without a verdict, claims or citations',
    (metric) => {
      expect(metric.score({ judge, claims: null }).score).toBeNull()
      expect(metric.score({ judge, claims: [] }).score).toBeNull()
      expect(metric.score({ judge, claims: [] }).rationale).not.toBe('')
    },
  )

  it('without citations have no citation accuracy', () => {
    expect(citationAccuracy.score({ judge, claims: [claim('supported')] }).score).toBeNull()
  })
})
