import { describe, expect, it } from 'vitest'
import {
  smallestDetectableDifference,
  smallestEffect,
} from '../../../lambdas/domain/statistics/power.ts'

describe('the smallest effect that pairs can find', () => {
  // scipy 1.17.1, which agrees with statsmodels 0.15.0's TTestPower().solve_power to its 4 digits:
  //   def exceeds(t, nc, df):
  //       density = lambda s: norm.cdf(nc - t * s) * chi.pdf(s * sqrt(df), df) * sqrt(df)
  //       return quad(density, 0, 1 + 12 / sqrt(2 * df), points=[1], epsabs=1e-13, epsrel=1e-13, limit=500)[0]
  //   t = scipy.stats.t.isf(alpha / 2, n - 1)
  //   brentq(lambda nc: exceeds(t, nc, n - 1) + exceeds(t, -nc, n - 1) - power, .1, 100, xtol=1e-13) / sqrt(n)
  it.each([
    [2, 0.8, 0.05, 11.549888435882362],
    [3, 0.8, 0.05, 3.2640435496995717],
    [5, 0.8, 0.05, 1.6819969659555551],
    [10, 0.8, 0.05, 0.9960013714554438],
    [30, 0.8, 0.05, 0.5292356151129577],
    [90, 0.8, 0.05, 0.29854722220111773],
    [1000, 0.8, 0.05, 0.08867907559429475],
    [30, 0.9, 0.01, 0.7477403442396868],
  ])('of %d at power %d and alpha %d is %d, as scipy says', (pairs, power, alpha, effect) => {
    const ours = smallestEffect(pairs, { power, alpha }) ?? Number.NaN
    expect(ours / effect).toBeCloseTo(1, 6)
  })

  it('shrinks with pairs', () => {
    const effects = [5, 20, 90, 500, 5_000].map((pairs) => smallestEffect(pairs) ?? Number.NaN)
    expect(effects).toEqual(effects.toSorted((left, right) => right - left))
  })

  it('is 0.3 standard deviations from 90 pairs on', () => {
    expect(smallestEffect(89)).toBeGreaterThan(0.3)
    expect(smallestEffect(90)).toBeLessThan(0.3)
  })

  it('is unknown for fewer than two pairs and without a spread', () => {
    expect(smallestEffect(1)).toBeNull()
    expect(smallestDetectableDifference([0.2])).toBeNull()
    expect(smallestDetectableDifference([0.2, 0.2, 0.2])).toBeNull()
  })

  it('is given in the unit of the metric', () => {
    const differences = [0.3, 0.1, 0.25]
    // numpy.std(differences, ddof=1)
    expect(smallestDetectableDifference(differences)).toBeCloseTo(
      0.10408329997330663 * 3.2640435496995717,
      8,
    )
  })
})
