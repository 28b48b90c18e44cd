import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holmAdjusted } from '../../../lambdas/domain/statistics/holm.ts'

const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 })

describe("Holm's correction", () => {
  // statsmodels 0.15.0: statsmodels.stats.multitest.multipletests(ps, method='holm')[1]
  it.each([
    [
      [0.01, 0.04, 0.03, 0.005],
      [0.03, 0.06, 0.06, 0.02],
    ],
    [[0.2], [0.2]],
    [
      [0.5, 0.5, 0.5],
      [1, 1, 1],
    ],
    [
      [0.001, 0.8, 0.02, 0.02, 0.049, 0.3],
      [0.006, 0.8, 0.1, 0.1, 0.147, 0.6],
    ],
    [
      [0, 1],
      [0, 1],
    ],
    [[], []],
  ])('of %j is %j, as statsmodels says', (ps, adjusted) => {
    const ours = holmAdjusted(ps)
    expect(ours).toHaveLength(adjusted.length)
    for (const [index, p] of adjusted.entries()) expect(ours[index]).toBeCloseTo(p, 12)
  })

  it('keeps the order of the p-values and makes none smaller', () => {
    fc.assert(
      fc.property(pValues, (ps) => {
        const adjusted = holmAdjusted(ps)
        for (const [index, p] of ps.entries()) {
          expect(adjusted[index]).toBeGreaterThanOrEqual(p)
          expect(adjusted[index]).toBeLessThanOrEqual(1)
          for (const [other, q] of ps.entries()) {
            if (p <= q) expect(adjusted[index]).toBeLessThanOrEqual(adjusted[other] ?? Number.NaN)
          }
        }
      }),
    )
  })

  it('never falls when one p-value rises', () => {
    fc.assert(
      fc.property(pValues, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (ps, at, to) => {
        const raised = ps.map((p, index) => (index === at % ps.length ? Math.max(p, to) : p))
        const before = holmAdjusted(ps)
        for (const [index, p] of holmAdjusted(raised).entries()) {
          expect(p).toBeGreaterThanOrEqual((before[index] ?? Number.NaN) - 1e-12)
        }
      }),
    )
  })

  it.each([-0.1, 1.1, Number.NaN])('refuses %d', (p) => {
    expect(() => holmAdjusted([0.5, p])).toThrow('is not a p-value')
  })
})
