import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bootstrapMean } from '../../../lambdas/domain/statistics/bootstrap.ts'
import {
  bootstrapRows,
  resamplesFor,
  type Statistic,
} from '../../../lambdas/evaluation/scoring/bootstrap-rows.ts'
import { meanOf } from '../../../lambdas/evaluation/scoring/statistics.ts'

const sines = Array.from({ length: 40 }, (_, index) => Math.sin(index))

describe('rows that are drawn anew', () => {
  it('have for a mean the interval of the bootstrap of a mean', () => {
    for (const confidence of [0.8, 0.95]) {
      const expected = bootstrapMean(sines, { seed: 3, confidence })
      expect(bootstrapRows(sines.length, meanOf(sines), { seed: 3, confidence })).toEqual({
        lower: expected?.lower,
        upper: expected?.upper,
      })
    }
  })

  it('have the same interval each time, and another one for another seed', () => {
    const of = (seed: number) =>
      bootstrapRows(sines.length, meanOf(sines), { seed, confidence: 0.9 })
    expect(of(1)).toEqual(of(1))
    expect(of(1)).not.toEqual(of(2))
  })

  it('are as many as before, each of them one of the rows', () => {
    const seen = new Set<number>()
    const lengths = new Set<number>()
    const statistic: Statistic = (drawn) => {
      lengths.add(drawn.length)
      for (const row of drawn) seen.add(row)
      return 0
    }
    bootstrapRows(7, statistic, { seed: 1, confidence: 0.95 })
    expect([...lengths]).toEqual([7])
    expect([...seen].toSorted((left, right) => left - right)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('have bounds in their order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, min: -9, max: 9 }), { minLength: 2 }),
        (values) => {
          const interval = bootstrapRows(values.length, meanOf(values), {
            seed: 1,
            confidence: 0.5,
          })
          expect(interval?.lower).toBeLessThanOrEqual(interval?.upper ?? Number.NaN)
        },
      ),
      { numRuns: 10 },
    )
  })

  it('leave out draws for which there is no statistic, unless they are half of them', () => {
    const setting = { seed: 1, confidence: 0.95 }
    const hasFirst = (drawn: Uint32Array): boolean => drawn.includes(0)
    // Of four rows the first one is not drawn in a third of the cases, (3/4)^4.
    expect(bootstrapRows(4, (drawn) => (hasFirst(drawn) ? 1 : null), setting)).toEqual({
      lower: 1,
      upper: 1,
    })
    expect(bootstrapRows(4, (drawn) => (hasFirst(drawn) ? null : 1), setting)).toBeNull()
  })

  it('have no interval where they are fewer than two', () => {
    const setting = { seed: 1, confidence: 0.95 }
    expect(bootstrapRows(1, meanOf([1]), setting)).toBeNull()
    expect(bootstrapRows(0, meanOf([]), setting)).toBeNull()
  })

  it('are drawn less often where there are many', () => {
    expect([1, 2_000, 5_000, 20_000, 1_000_000].map(resamplesFor)).toEqual([
      10_000, 10_000, 4_000, 1_000, 1_000,
    ])
  })
})
