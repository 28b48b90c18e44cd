import { quantileOfSorted } from '../../domain/statistics/bootstrap.ts'
import { Xoshiro128 } from '../../domain/statistics/xoshiro128.ts'

/** Rows that are drawn altogether: a second or two, for a set of any size. */
const mostDraws = 20_000_000

/** How often a set of rows is drawn anew: 10,000 times, less for sets beyond 2,000 rows, 1,000 times at least. */
export function resamplesFor(rows: number): number {
  return Math.min(10_000, Math.max(1_000, Math.floor(mostDraws / Math.max(1, rows))))
}

/** A statistic of rows that were drawn, by their indices; `null` where it does not exist for them. */
export type Statistic = (drawn: Uint32Array) => number | null

/**
 * Percentile bootstrap of a statistic of all rows together: rows are drawn with replacement, and the statistic is
 * computed anew. Draws for which it does not exist are left out; `null` where it does not exist for half of them, or
 * where there are fewer than two rows.
 * Source: B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
 */
export function bootstrapRows(
  rows: number,
  statistic: Statistic,
  { seed, confidence }: { readonly seed: number; readonly confidence: number },
): { readonly lower: number; readonly upper: number } | null {
  if (rows < 2) return null
  const random = Xoshiro128.from(seed)
  const resamples = resamplesFor(rows)
  const values: number[] = []
  const drawn = new Uint32Array(rows)
  for (let resample = 0; resample < resamples; resample++) {
    for (let index = 0; index < rows; index++) drawn[index] = random.below(rows)
    const value = statistic(drawn)
    if (value !== null) values.push(value)
  }
  if (values.length < resamples / 2) return null
  const sorted = Float64Array.from(values).toSorted()
  return {
    lower: quantileOfSorted(sorted, (1 - confidence) / 2),
    upper: quantileOfSorted(sorted, (1 + confidence) / 2),
  }
}
