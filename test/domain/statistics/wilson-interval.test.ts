import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wilsonInterval } from '../../../lambdas/domain/statistics/wilson-interval.ts'

const proportions = fc
  .integer({ min: 1, max: 10_000 })
  .chain((trials) => fc.tuple(fc.integer({ min: 0, max: trials }), fc.constant(trials)))

describe("Wilson's interval", () => {
  // scipy 1.17.1: scipy.stats.binomtest(k, n).proportion_ci(confidence, method='wilson'); statsmodels 0.15.0's
  // proportion_confint(k, n, 1 - confidence, 'wilson') gives the same.
  it.each([
    [0, 1, 0.95, 0, 0.7934506856227626],
    [1, 1, 0.95, 0.20654931437723745, 1],
    [0, 30, 0.95, 0, 0.11351339317396875],
    [30, 30, 0.95, 0.8864866068260312, 1],
    [27, 30, 0.95, 0.7437891742081592, 0.9654001112526657],
    [85, 100, 0.95, 0.7671644040916763, 0.9069401471634337],
    [85, 100, 0.99, 0.736530960885991, 0.919914557712933],
    [950, 1000, 0.95, 0.9346861797557491, 0.9618697376072511],
    [1, 5000, 0.9, 4.461970878022616e-5, 0.0008959800153535455],
  ])('of %d in %d at %d is [%d, %d], as scipy says', (successes, trials, confidence, low, high) => {
    const interval = wilsonInterval(successes, trials, confidence)
    expect(interval?.lower).toBeCloseTo(low, 12)
    expect(interval?.upper).toBeCloseTo(high, 12)
  })

  it('is unknown where nothing was tried', () => {
    expect(wilsonInterval(0, 0)).toBeNull()
  })

  it('contains the estimate and stays within 0 and 1', () => {
    fc.assert(
      fc.property(proportions, ([successes, trials]) => {
        const interval = wilsonInterval(successes, trials)
        expect(interval?.estimate).toBe(successes / trials)
        expect(interval?.lower).toBeLessThanOrEqual(successes / trials)
        expect(interval?.upper).toBeGreaterThanOrEqual(successes / trials)
        expect(interval?.lower).toBeGreaterThanOrEqual(0)
        expect(interval?.upper).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('is mirrored when successes and failures change places', () => {
    fc.assert(
      fc.property(proportions, ([successes, trials]) => {
        const interval = wilsonInterval(successes, trials)
        const mirrored = wilsonInterval(trials - successes, trials)
        expect(mirrored?.lower).toBeCloseTo(1 - (interval?.upper ?? Number.NaN), 12)
        expect(mirrored?.upper).toBeCloseTo(1 - (interval?.lower ?? Number.NaN), 12)
      }),
    )
  })

  it('widens with confidence', () => {
    const confidence = fc.double({ min: 0.5, max: 0.99, noNaN: true })
    fc.assert(
      fc.property(proportions, confidence, ([successes, trials], least) => {
        const narrow = wilsonInterval(successes, trials, least)
        const wide = wilsonInterval(successes, trials, least + 0.005)
        expect(wide?.lower).toBeLessThanOrEqual(narrow?.lower ?? Number.NaN)
        expect(wide?.upper).toBeGreaterThanOrEqual(narrow?.upper ?? Number.NaN)
      }),
    )
  })

  it.each([
    [2, 1],
    [-1, 10],
    [0.5, 1],
    [0, -1],
    [Number.NaN, 3],
  ])('refuses %d of %d', (successes, trials) => {
    expect(() => wilsonInterval(successes, trials)).toThrow('not a proportion')
  })

  it.each([0, 1, 95, Number.NaN])('refuses a confidence of %d', (confidence) => {
    expect(() => wilsonInterval(1, 2, confidence)).toThrow('A confidence lies between 0 and 1')
  })
})
