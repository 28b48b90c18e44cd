import { defineMetric, unscored } from './metric.ts'

/** An answer with the confidence that was reported for it. */
export interface ConfidentRow {
  /** 0 to 1; `null` when none was reported. */
  readonly confidence: number | null
  /** `null` when it is not known whether the answer is right. */
  readonly correct: boolean | null
}

/** What a calibration error is computed from. */
export interface CalibrationInput {
  readonly rows: readonly ConfidentRow[]
  /** Bins of equal width. @default 10 */
  readonly bins?: number | undefined
}

/** Mean gap between confidence and correctness. */
export const expectedCalibrationError = defineMetric<CalibrationInput>(
  {
    name: 'expected_calibration_error',
    version: '1',
    per: 'evaluation',
    better: 'lower',
    definition:
      'Sum over bins of equal width (lower edge excluded, but for the first) of the share of rows in it x |share that is right - mean confidence|.',
    source:
      'Guo et al., On Calibration of Modern Neural Networks, ICML 2017; equal to MAPIE for bins + 1 edges',
  },
  ({ rows, bins = 10 }) => {
    if (!Number.isInteger(bins) || bins < 1) {
      throw new RangeError(`Bins are a whole number from 1 on, not ${bins}.`)
    }
    const gathered = Array.from({ length: bins }, () => ({ rows: 0, right: 0, confidence: 0 }))
    let known = 0
    for (const { confidence, correct } of rows) {
      if (confidence === null || correct === null || !(confidence >= 0 && confidence <= 1)) continue
      const bin = gathered[Math.max(0, Math.ceil(confidence * bins) - 1)]
      if (bin === undefined) continue
      known += 1
      bin.rows += 1
      bin.right += Number(correct)
      bin.confidence += confidence
    }
    const parts = { known, unknown: rows.length - known, bins: gathered }
    if (known === 0) return unscored('No row has both a confidence from 0 to 1 and a label.', parts)
    const error =
      gathered.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence), 0) / known
    return {
      score: error,
      rationale: `Over ${known} rows, confidence is off by ${(error * 100).toFixed(1)} points on average.`,
      parts,
    }
  },
)
