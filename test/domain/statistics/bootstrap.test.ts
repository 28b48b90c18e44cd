import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bootstrapMean,
  bootstrapMeanDifference,
  quantileOfSorted,
} from '../../../lambdas/domain/statistics/bootstrap.ts'

const baseline = [0.9, 1, 0.4, 0.75, 0.8, 1, 0.6, 0.95, 0.3, 0.85, 1, 0.7]
const candidate = [1, 1, 0.6, 0.7, 0.9, 1, 0.9, 1, 0.5, 0.8, 1, 0.75]
const samples = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), {
  minLength: 2,
  maxLength: 30,
})
const options = { seed: 7, resamples: 500 }

describe('the bootstrap interval', () => {
  // scipy 1.17.1, whose random numbers are others: scipy.stats.bootstrap((values,), numpy.mean, n_resamples=2_000_000,
  // batch=100_000, method='percentile', rng=numpy.random.default_rng(1)).confidence_interval
  it('of a mean is that of scipy but for the draw', () => {
    const interval = bootstrapMean(baseline, { seed: 1, resamples: 200_000 })
    expect(interval?.lower).toBeCloseTo(0.6375, 2)
    expect(interval?.upper).toBeCloseTo(0.8875, 2)
    expect(interval?.estimate).toBeCloseTo(9.25 / 12, 12)
  })

  it('of a paired mean difference is that of scipy but for the draw', () => {
    const pairs = baseline.map((score, row) => ({
      baseline: score,
      candidate: candidate[row] ?? Number.NaN,
    }))
    const interval = bootstrapMeanDifference(pairs, { seed: 1, resamples: 200_000 })
    expect(interval?.lower).toBeCloseTo(0.0208333, 2)
    expect(interval?.upper).toBeCloseTo(0.1375, 2)
    expect(interval?.estimate).toBeCloseTo(0.9 / 12, 12)
  })

  it('is the same for the same seed', () => {
    expect(bootstrapMean(baseline, options)).toEqual(bootstrapMean(baseline, options))
    expect(bootstrapMean(baseline, options)).not.toEqual(
      bootstrapMean(baseline, { ...options, seed: 8 }),
    )
  })

  it('contains the estimate', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const interval = bootstrapMean(values, options)
        const estimate = interval?.estimate ?? Number.NaN
        expect(interval?.lower).toBeLessThanOrEqual(estimate + 1e-9)
        expect(interval?.upper).toBeGreaterThanOrEqual(estimate - 1e-9)
      }),
    )
  })

  it('is mirrored when the values are', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const interval = bootstrapMean(values, options)
        const mirrored = bootstrapMean(
          values.map((value) => -value),
          options,
        )
        expect(mirrored?.lower).toBeCloseTo(-(interval?.upper ?? Number.NaN), 9)
        expect(mirrored?.upper).toBeCloseTo(-(interval?.lower ?? Number.NaN), 9)
      }),
    )
  })

  it('widens with confidence', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const narrow = bootstrapMean(values, { ...options, confidence: 0.8 })
        const wide = bootstrapMean(values, { ...options, confidence: 0.95 })
        expect(wide?.lower).toBeLessThanOrEqual(narrow?.lower ?? Number.NaN)
        expect(wide?.upper).toBeGreaterThanOrEqual(narrow?.upper ?? Number.NaN)
      }),
    )
  })

  it('is unknown for fewer than two values', () => {
    expect(bootstrapMean([], options)).toBeNull()
    expect(bootstrapMean([0.9], options)).toBeNull()
  })

  it('of equal values has no width', () => {
    expect(bootstrapMean([0.5, 0.5, 0.5], options)).toMatchObject({ lower: 0.5, upper: 0.5 })
  })

  it('refuses what is no number', () => {
    expect(() => bootstrapMean([1, Number.NaN], options)).toThrow('A mean of NaN has no interval.')
  })
})

// numpy 2: numpy.quantile([1, 2, 4, 8, 16], share)
it.each([
  [0, 1],
  [0.025, 1.1],
  [0.1, 1.4],
  [0.5, 4],
  [0.9, 12.8],
  [0.975, 15.2],
  [1, 16],
])('the quantile %d is %d, as numpy says', (share, quantile) => {
  expect(quantileOfSorted([1, 2, 4, 8, 16], share)).toBeCloseTo(quantile, 12)
})
