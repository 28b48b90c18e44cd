import { describe, expect, it } from 'vitest'
import { betterOf } from '../../lambdas/domain/metric-direction.ts'
import { metrics } from '../../lambdas/evaluation/metrics/registry.ts'
import { compareMetrics, type MeasuredTwice } from '../../lambdas/promotion/compare.ts'

const figure = (value: number | null, interval: [number, number] | null = null, samples = 100) => ({
  value,
  samples,
  interval: interval && { lower: interval[0], upper: interval[1] },
})

function measured(more: Partial<MeasuredTwice> = {}): MeasuredTwice {
  return {
    metric: 'faithfulness',
    better: 'higher',
    tolerance: 0,
    candidate: figure(0.8),
    production: figure(0.9),
    pairs: [],
    ...more,
  }
}

const pairsOf = (differences: readonly number[]) =>
  differences.map((difference) => ({ baseline: 0.5, candidate: 0.5 + difference }))

const one = (more: Partial<MeasuredTwice>) => compareMetrics([measured(more)], 1)[0]!

describe('a version is compared with the one in production', () => {
  it('by flipping signs, which is exact for few rows', () => {
    // All eight are worse: 2 of 2^8 assignments are as far from 0.
    const found = one({ pairs: pairsOf(Array.from({ length: 8 }, () => -0.1)) })
    expect(found).toMatchObject({ pairs: 8, test: 'sign flips' })
    expect(found.difference).toBeCloseTo(-0.1)
    expect(found.pValue).toBeCloseTo(2 / 256)
  })

  it('against the tolerance: as much worse as it may be is no difference', () => {
    const pairs = pairsOf([-0.1, -0.11, -0.09, -0.1, -0.12, -0.08, -0.1, -0.1])
    expect(one({ pairs, tolerance: 0.1 }).pValue).toBeGreaterThan(0.5)
    expect(one({ pairs, tolerance: 0.02 }).pValue).toBeLessThan(0.05)
    const more = pairsOf([0.1, 0.11, 0.09, 0.1, 0.12, 0.08, 0.1, 0.1])
    expect(one({ pairs: more, tolerance: 0.1, better: 'lower' }).pValue).toBeGreaterThan(0.5)
    expect(one({ pairs: more, tolerance: 0.02, better: 'lower' }).pValue).toBeLessThan(0.05)
  })

  it('by McNemar’s exact test where scores are yes or no', () => {
    const pairs = [
      ...Array.from({ length: 6 }, () => ({ baseline: 1, candidate: 0 })),
      ...Array.from({ length: 10 }, () => ({ baseline: 1, candidate: 1 })),
    ]
    const found = one({ pairs })
    expect(found).toMatchObject({ test: 'exact McNemar', pairs: 16 })
    expect(found.pValue).toBeCloseTo(2 / 64)
  })

  it('by intervals where only figures of all rows can be compared', () => {
    const apart = one({
      candidate: figure(0.6, [0.55, 0.65]),
      production: figure(0.8, [0.75, 0.85]),
    })
    expect(apart).toMatchObject({ test: 'intervals', pairs: 100 })
    expect(apart.difference).toBeCloseTo(-0.2)
    expect(apart.pValue).toBeLessThan(0.001)
    const near = one({
      candidate: figure(0.78, [0.68, 0.88]),
      production: figure(0.8, [0.7, 0.9]),
    })
    expect(near.pValue).toBeGreaterThan(0.5)
    expect(one({}).pValue).toBe(0)
  })

  it('with Holm’s correction for the number of metrics', () => {
    const pairs = pairsOf(Array.from({ length: 8 }, () => -0.1))
    const found = compareMetrics(
      [measured({ pairs }), measured({ metric: 'other', pairs: pairsOf([0, 0]) })],
      1,
    )
    expect(found[0]?.pValue).toBeCloseTo(4 / 256)
  })

  it('and what one of them lacks is missing, never passed over', () => {
    expect(one({ candidate: undefined }).missing).toBe('candidate')
    expect(one({ candidate: figure(null) }).missing).toBe('candidate')
    expect(one({ production: undefined }).missing).toBe('production')
    expect(compareMetrics([measured({ production: figure(null) })], 1)).toEqual([])
  })
})

it('the gate and evaluations agree on which way each metric is better', () => {
  for (const { name, better } of Object.values(metrics)) {
    expect(betterOf(name, {}), name).toBe(better)
  }
})
