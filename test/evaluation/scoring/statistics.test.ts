import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { metrics } from '../../../lambdas/evaluation/metrics/registry.ts'
import type { Statistic } from '../../../lambdas/evaluation/scoring/bootstrap-rows.ts'
import {
  calibrationErrorOf,
  f1Of,
  fitnessOfCosts,
  fitnessOfTokens,
  meanOf,
  percentileOf,
} from '../../../lambdas/evaluation/scoring/statistics.ts'

/** Rows, and which of them were drawn. */
function drawnFrom<Row>(row: fc.Arbitrary<Row>): fc.Arbitrary<{ rows: Row[]; drawn: Uint32Array }> {
  return fc
    .array(row, { minLength: 1, maxLength: 12 })
    .chain((rows) =>
      fc
        .array(fc.nat(rows.length - 1), { minLength: rows.length, maxLength: rows.length })
        .map((indices) => ({ rows, drawn: Uint32Array.from(indices) })),
    )
}

/** The statistic of what was drawn must be what the metric says of those rows. */
function expectEqual<Row>(
  row: fc.Arbitrary<Row>,
  statisticOf: (rows: Row[]) => Statistic,
  metric: (rows: Row[]) => number | null,
): void {
  fc.assert(
    fc.property(drawnFrom(row), ({ rows, drawn }) => {
      const statistic = statisticOf(rows)
      const expected = metric([...drawn].map((index) => rows[index] as Row))
      // Twice, as it keeps nothing of the first time.
      for (const value of [statistic(drawn), statistic(drawn)]) {
        if (expected === null) expect(value).toBeNull()
        else expect(value).toBeCloseTo(expected, 12)
      }
    }),
  )
}

const count = fc.nat(20)

describe('a statistic of rows that were drawn is the metric of those rows', () => {
  it('F1', () => {
    expectEqual(
      fc.record({ predicted: fc.boolean(), actual: fc.boolean() }),
      f1Of,
      (rows) => metrics.classification_f1.score(rows).score,
    )
  })

  it('fitness by alignments', () => {
    expectEqual(
      fc.record({ cost: count, worst: count }),
      fitnessOfCosts,
      (rows) => metrics.conformance_fitness.score(rows).score,
    )
  })

  it('fitness by tokens', () => {
    expectEqual(
      fc.record({ missing: count, consumed: count, remaining: count, produced: count }),
      fitnessOfTokens,
      (rows) => metrics.conformance_token_fitness.score(rows).score,
    )
  })

  it('calibration error', () => {
    const tenths = fc.nat(10).map((tenth) => tenth / 10)
    expectEqual(
      fc.record({
        confidence: fc.oneof(tenths, fc.double({ min: 0, max: 1, noNaN: true })),
        correct: fc.boolean(),
      }),
      calibrationErrorOf,
      (rows) => metrics.expected_calibration_error.score({ rows }).score,
    )
  })

  it('the 95th percentile of latency, where an index stands for a rank', () => {
    fc.assert(
      fc.property(drawnFrom(count), ({ rows, drawn }) => {
        const sorted = rows.toSorted((left, right) => left - right)
        const values = [...drawn].map((rank) => ({ milliseconds: sorted[rank] ?? null }))
        const statistic = percentileOf(rows, 0.95)
        expect(statistic(drawn)).toBe(metrics.latency_p95.score(values).score)
      }),
    )
  })

  it('a mean', () => {
    expectEqual(
      count,
      meanOf,
      (values) =>
        metrics.tokens_per_row.score(
          values.map((inputTokens) => ({ inputTokens, outputTokens: 0 })),
        ).score,
    )
  })
})
