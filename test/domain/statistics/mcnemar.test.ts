import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mcnemarTest } from '../../../lambdas/domain/statistics/mcnemar.ts'

describe("McNemar's exact test", () => {
  // scipy 1.17.1: scipy.stats.binomtest(min(b, c), b + c, 0.5).pvalue; statsmodels 0.15.0's
  // mcnemar([[0, b], [c, 0]], exact=True).pvalue is the same.
  it.each([
    [1, 0, 1],
    [0, 5, 0.0625],
    [3, 3, 1],
    [2, 10, 0.03857421875],
    [12, 25, 0.04703102743951604],
    [40, 60, 0.05688793364098089],
    [700, 800, 0.010559255466711506],
    [0, 1100, 0],
  ])('of %d against %d is %d, as scipy says', (onlyBaseline, onlyCandidate, p) => {
    expect(mcnemarTest({ onlyBaseline, onlyCandidate })).toBeCloseTo(p, 10)
  })

  it('gives no evidence where both agree on every row', () => {
    expect(mcnemarTest({ onlyBaseline: 0, onlyCandidate: 0 })).toBe(1)
  })

  it('does not care which of two is called the baseline, and stays within 0 and 1', () => {
    const count = fc.integer({ min: 0, max: 2_000 })
    fc.assert(
      fc.property(count, count, (onlyBaseline, onlyCandidate) => {
        const p = mcnemarTest({ onlyBaseline, onlyCandidate })
        expect(p).toBe(mcnemarTest({ onlyBaseline: onlyCandidate, onlyCandidate: onlyBaseline }))
        expect(p).toBeGreaterThanOrEqual(0)
        expect(p).toBeLessThanOrEqual(1)
      }),
    )
  })

  it.each([
    [-1, 2],
    [0.5, 2],
    [Number.NaN, 1],
  ])('refuses %d and %d', (onlyBaseline, onlyCandidate) => {
    expect(() => mcnemarTest({ onlyBaseline, onlyCandidate })).toThrow('not counts of rows')
  })
})
