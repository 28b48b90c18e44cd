/** The scores of one row by the baseline and by the candidate. */
export interface Pair {
  readonly baseline: number
  readonly candidate: number
}

/** Candidate minus baseline: above 0 where the candidate scores more. */
export function differencesOf(pairs: readonly Pair[]): number[] {
  return pairs.map(({ baseline, candidate }) => candidate - baseline)
}

/** Arithmetic mean; NaN for no values. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Standard deviation of a sample, with n - 1; NaN for fewer than two values. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values)
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1))
}
