import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { permutationTest } from '../../../lambdas/domain/statistics/permutation-test.ts'

const options = { seed: 7 }
// numpy.random.default_rng(7).normal(.1, .4, 40), rounded to two digits
const forty = [
  0.1, 0.22, -0.01, -0.26, -0.08, -0.3, 0.12, 0.64, -0.1, -0.15, 0.3, 0.24, 0.14, -0.27, 0.09, 0.38,
  -0.44, -0.08, -0.66, -0.42, -0.64, 0.01, -0.41, 0.21, 0.16, 0.03, -0.91, -0.12, 0.08, 0.15, -0.51,
  -0.09, -0.29, -0.22, 0.52, -0.22, 0.09, 0.45, -0.13, 0.06,
]
const differences = fc.array(fc.integer({ min: -10, max: 10 }), { maxLength: 30 })

describe('the permutation test', () => {
  // scipy 1.17.1: scipy.stats.permutation_test((numpy.array(differences),), numpy.sum,
  // permutation_type='samples', n_resamples=numpy.inf).pvalue
  it.each([
    [[0.5, 0.25], 0.5],
    [[1, 1, 1, 1, 1], 0.0625],
    [[0.1, -0.2, 0.3, 0.4, 0.05], 0.3125],
    [[0, 0, 1, -1, 0, 1], 1],
    [[0.1, 0.1, 0.1, -0.3], 1],
    [[0.1, 0.2, 0.3, -0.1, -0.2, 0.25, 0.4, 0.05, -0.15, 0.35, 0.12, -0.08], 0.1103515625],
    [
      [0.31, -0.05, 0.22, 0.14, -0.11, 0.02, 0.4, -0.2, 0.09, 0.17, 0.28, -0.03, 0.06, 0.19],
      0.0394287109375,
    ],
  ])('of %j is exact: %d, as scipy says', (values, p) => {
    const test = permutationTest(values, options)
    expect(test.method).toBe('exact')
    expect(test.p).toBeCloseTo(p, 12)
  })

  it('of many differences is that of scipy but for the draw', () => {
    // As above with n_resamples=2_000_000 and rng=numpy.random.default_rng(1).
    const test = permutationTest(forty, { seed: 1, permutations: 200_000 })
    expect(test).toMatchObject({ method: 'monte-carlo', permutations: 200_000 })
    expect(test.p).toBeCloseTo(0.27482, 2)
  })

  it('is never 0: of 9,999 random assignments none may be as far', () => {
    const test = permutationTest(
      Array.from({ length: 60 }, () => 1),
      { seed: 1, permutations: 9_999 },
    )
    expect(test.p).toBe(1 / 10_000)
  })

  it('gives no evidence where nothing differs', () => {
    expect(permutationTest([], options).p).toBe(1)
    expect(permutationTest([0, 0, 0], options).p).toBe(1)
  })

  it('does not care which of two is called the baseline', () => {
    fc.assert(
      fc.property(differences, (values) => {
        const swapped = values.map((value) => -value)
        expect(permutationTest(swapped, { ...options, permutations: 200 })).toEqual(
          permutationTest(values, { ...options, permutations: 200 }),
        )
      }),
      { numRuns: 30 },
    )
  })

  it('gives a p above 0 and at most 1 that rows without a difference do not change', () => {
    fc.assert(
      fc.property(differences, (values) => {
        const { p } = permutationTest(values, { ...options, permutations: 200 })
        expect(p).toBeGreaterThan(0)
        expect(p).toBeLessThanOrEqual(1)
        expect(permutationTest([0, ...values, 0], { ...options, permutations: 200 }).p).toBe(p)
      }),
      { numRuns: 30 },
    )
  })

  it('refuses what is no number', () => {
    expect(() => permutationTest([1, Number.NaN], options)).toThrow('cannot be tested')
  })
})
