import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bootstrapMean } from '../../../lambdas/domain/statistics/bootstrap.ts'
import { bootstrapRows, resamplesFor } from '../../../lambdas/evaluation/scoring/bootstrap-rows.ts'

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

describe('rows that are drawn anew', () => {
  it('have for a mean the interval of the bootstrap of a mean', () => {
    const values = Array.from({ length: 40 }, (_, index) => Math.sin(index))
    for (const confidence of [0.8, 0.95]) {
      const expected = bootstrapMean(values, { seed: 3, confidence })
      expect(bootstrapRows(values, mean, { seed: 3, confidence })).toEqual({
        lower: expected?.lower,
        upper: expected?.upper,
      })
    }
  })

  it('have the same interval each time, and another one for another seed', () => {
    const values = Array.from({ length: 30 }, (_, index) => Math.sin(index))
    const of = (seed: number) => bootstrapRows(values, mean, { seed, confidence: 0.9 })
    expect(of(1)).toEqual(of(1))
    expect(of(1)).not.toEqual(of(2))
  })

  it('cover the statistic and lie among its values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 12 }),
        (values) => {
          const interval = bootstrapRows(values, (drawn) => Math.max(...drawn), {
            seed: 1,
            confidence: 0.99,
          })
          expect(interval?.lower).toBeGreaterThanOrEqual(Math.min(...values))
          expect(interval?.upper).toBeLessThanOrEqual(Math.max(...values))
          expect(interval?.lower).toBeLessThanOrEqual(interval?.upper ?? Number.NaN)
        },
      ),
      { numRuns: 20 },
    )
  })

  it('leave out draws for which there is no statistic, unless they are half of them', () => {
    const setting = { seed: 1, confidence: 0.95 }
    const rows = [1, 1, 1, 0]
    // All four are never 0 but in one draw of 256.
    const seldom = (drawn: readonly number[]): number | null => mean(drawn) || null
    expect(bootstrapRows(rows, seldom, setting)).toMatchObject({ upper: 1 })
    const mostly = (drawn: readonly number[]): number | null => (mean(drawn) === 1 ? 1 : null)
    expect(bootstrapRows(rows, mostly, setting)).toBeNull()
  })

  it('have no interval where they are fewer than two', () => {
    expect(bootstrapRows([1], mean, { seed: 1, confidence: 0.95 })).toBeNull()
    expect(bootstrapRows([], mean, { seed: 1, confidence: 0.95 })).toBeNull()
  })

  it('are drawn less often where there are many', () => {
    expect([1, 2_000, 5_000, 20_000, 1_000_000].map(resamplesFor)).toEqual([
      10_000, 10_000, 4_000, 1_000, 1_000,
    ])
  })
})
