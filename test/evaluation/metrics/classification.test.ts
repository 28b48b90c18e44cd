import { describe, expect, it } from 'vitest'
import {
  classificationF1,
  classificationPrecision,
  classificationRecall,
  straightThroughProcessingRate,
} from '../../../lambdas/evaluation/metrics/classification.ts'

// numpy.random.default_rng(3): fifty labels, three quarters of the predictions the same.
const actual = '00000001111100111110011001011101011000101011110010'
const predicted = '00000101111110100101011001011101011000111011111010'
const rows = Array.from(actual, (digit, index) => ({
  actual: digit === '1',
  predicted: predicted[index] === '1',
}))
const unknown = { predicted: true, actual: null }

describe('classification', () => {
  // scikit-learn 1.9.1: sklearn.metrics.precision_recall_fscore_support(actual, predicted, average='binary')
  it.each([
    [classificationPrecision, 0.8214285714285714],
    [classificationRecall, 0.8846153846153846],
    [classificationF1, 0.8518518518518519],
  ])('equals scikit-learn', (metric, expected) => {
    expect(metric.score(rows).score).toBeCloseTo(expected, 12)
    expect(metric.score([...rows, unknown])).toMatchObject({ parts: { unknown: 1 } })
    expect(metric.score([...rows, unknown]).score).toBeCloseTo(expected, 12)
  })

  it.each([
    ['precision', classificationPrecision, { predicted: false, actual: true }],
    ['recall', classificationRecall, { predicted: true, actual: false }],
    ['F1', classificationF1, { predicted: false, actual: false }],
    ['precision', classificationPrecision, unknown],
    ['F1', classificationF1, { predicted: null, actual: true }],
  ])('has no %s, not 0, where there is nothing to divide by', (_name, metric, row) => {
    expect(metric.score([row]).score).toBeNull()
    expect(metric.score([]).score).toBeNull()
  })

  it('has an F1 of 0 when all that is found is wrong', () => {
    expect(classificationF1.score([{ predicted: true, actual: false }]).score).toBe(0)
  })
})

describe('straight-through processing', () => {
  it('is the share of the cases of which it is known', () => {
    const score = straightThroughProcessingRate.score([
      { straightThrough: true },
      { straightThrough: true },
      { straightThrough: false },
      { straightThrough: null },
    ])
    expect(score).toMatchObject({ score: 2 / 3, parts: { through: 2, known: 3, unknown: 1 } })
  })

  it('has no score, not 0, where nothing is known', () => {
    expect(straightThroughProcessingRate.score([{ straightThrough: null }]).score).toBeNull()
  })
})
