import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectedCalibrationError } from '../../../lambdas/evaluation/metrics/calibration.ts'

// numpy.random.default_rng(3): forty confidences and whether the answer was right.
const confidences = [
  0.102, 0.247, 0.789, 0.579, 0.11, 0.436, 0.48, 0.173, 0.725, 0.129, 0.396, 0.516, 0.433, 0.583,
  0.728, 0.938, 0.293, 0.643, 0.688, 0.301, 0.021, 0.955, 0.306, 0.321, 0.876, 0.582, 0.472, 0.762,
  0.049, 0.699, 0.379, 0.107, 0.654, 0.914, 0.219, 0.625, 0.306, 0.732, 0.713, 0.23,
]
const right = '0010000000010101010001000101000001111110'
const rows = confidences.map((confidence, index) => ({ confidence, correct: right[index] === '1' }))

describe('the expected calibration error', () => {
  // MAPIE 1.6.0: mapie.metrics.calibration.expected_calibration_error(correct, confidence, num_bins=bins + 1,
  // split_strategy='uniform'); its num_bins counts the edges of the bins (numpy.linspace(0, 1, num_bins)).
  it.each([
    [10, 0.177475],
    [5, 0.130275],
    [20, 0.251175],
  ])('in %d bins is %d, as MAPIE says', (bins, error) => {
    expect(expectedCalibrationError.score({ rows, bins }).score).toBeCloseTo(error, 12)
  })

  it('is 0 for answers that are sure and right', () => {
    const sure = [
      { confidence: 1, correct: true },
      { confidence: 0, correct: false },
    ]
    expect(expectedCalibrationError.score({ rows: sure }).score).toBe(0)
  })

  it('leaves out, and counts, rows without a confidence from 0 to 1 or a label', () => {
    const more = [
      { confidence: null, correct: true },
      { confidence: 0.5, correct: null },
      { confidence: 95, correct: true },
      { confidence: Number.NaN, correct: true },
    ]
    const score = expectedCalibrationError.score({ rows: [...rows, ...more] })
    expect(score.score).toBeCloseTo(0.177475, 12)
    expect(score.parts).toMatchObject({ known: 40, unknown: 4 })
    expect(expectedCalibrationError.score({ rows: more }).score).toBeNull()
  })

  it('lies within 0 and 1 and is not less than the gap of the means', () => {
    const row = fc.record({
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
      correct: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), (drawn) => {
        const error = expectedCalibrationError.score({ rows: drawn }).score ?? Number.NaN
        const gap = drawn.reduce((sum, each) => sum + each.confidence - Number(each.correct), 0)
        expect(error).toBeLessThanOrEqual(1)
        expect(error).toBeGreaterThanOrEqual(Math.abs(gap) / drawn.length - 1e-12)
      }),
    )
  })

  it('refuses bins that are no number of bins', () => {
    expect(() => expectedCalibrationError.score({ rows, bins: 0 })).toThrow('Bins are')
  })
})
