import { describe, expect, it } from 'vitest'
import { normalCdf, normalQuantile } from '../../../lambdas/domain/statistics/normal.ts'

// scipy 1.17.1: scipy.stats.norm.cdf and .ppf.
describe('the normal distribution', () => {
  it.each([
    [-9, 0],
    [-8, 6.22096057427174e-16],
    [-5, 2.866515718791933e-7],
    [-1.3, 0.09680048458561036],
    [0, 0.5],
    [1.3, 0.9031995154143897],
    [3, 0.9986501019683699],
    [9, 1],
  ])('has at or below %d a share of %d', (x, share) => {
    expect(normalCdf(x)).toBeCloseTo(share, 14)
  })

  it.each([
    [1e-6, -4.753424308822899],
    [0.025, -1.9599639845400545],
    [0.5, 0],
    [0.8, 0.8416212335729143],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.9999, 3.719016485455709],
  ])('has its quantile %d at %d', (share, x) => {
    expect(normalQuantile(share)).toBeCloseTo(x, 9)
  })
})
