import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contextPrecision } from '../../../lambdas/evaluation/metrics/context-precision.ts'
import { retrievalMap } from '../../../lambdas/evaluation/metrics/retrieval.ts'

const judge = 'fake'

describe('context precision', () => {
  // RAGAS: sum of precision@k over the useful ranks / useful ones.
  it.each([
    [[true, false], 1],
    [[false, true], 0.5],
    [[true, false, true], (1 + 2 / 3) / 2],
    [[false, false], 0],
  ])('of contexts %j is %d', (useful, score) => {
    expect(contextPrecision.score({ judge, useful }).score).toBe(score)
  })

  it("is trec_eval's average precision with the judge's verdicts for labels", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1 }), (useful) => {
        const retrieved = useful.map((_isUseful, rank) => `c${rank}`)
        const relevant = retrieved.filter((_id, rank) => useful[rank])
        fc.pre(relevant.length > 0)
        expect(contextPrecision.score({ judge, useful }).score).toBeCloseTo(
          retrievalMap.score({ retrieved, relevant }).score ?? Number.NaN,
          12,
        )
      }),
    )
  })

  it('is null without a verdict, and without a context', () => {
    expect(contextPrecision.score({ judge, useful: null }).score).toBeNull()
    expect(contextPrecision.score({ judge, useful: [] }).score).toBeNull()
  })
})
