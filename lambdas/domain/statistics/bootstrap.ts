import { checkConfidence, type Interval } from './interval.ts'
import { differencesOf, mean, type Pair } from './pair.ts'
import { Xoshiro128 } from './xoshiro128.ts'

/** How a bootstrap draws. The same options and values give the same interval. */
export interface BootstrapOptions {
  /** Whole number that starts the random numbers. */
  readonly seed: number
  /** @default 10,000 */
  readonly resamples?: number
  /** @default 0.95 */
  readonly confidence?: number
}

/**
 * Percentile bootstrap of a mean; `null` for fewer than two values, which say nothing of the spread.
 * Source: B. Efron, R. Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
 * @throws RangeError for a value that is not finite
 */
export function bootstrapMean(
  values: readonly number[],
  { seed, resamples = 10_000, confidence = 0.95 }: BootstrapOptions,
): Interval | null {
  checkConfidence(confidence)
  const odd = values.find((value) => !Number.isFinite(value))
  if (odd !== undefined) throw new RangeError(`A mean of ${odd} has no interval.`)
  if (values.length < 2) return null
  const random = Xoshiro128.from(seed)
  const means = new Float64Array(resamples)
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0
    for (let drawn = 0; drawn < values.length; drawn++) {
      sum += values[random.below(values.length)] as number
    }
    means[resample] = sum / values.length
  }
  means.sort()
  return {
    estimate: mean(values),
    lower: quantileOfSorted(means, (1 - confidence) / 2),
    upper: quantileOfSorted(means, (1 + confidence) / 2),
    confidence,
  }
}

/** Percentile bootstrap of the mean difference of pairs, candidate minus baseline; rows are drawn, so pairs stay whole. */
export function bootstrapMeanDifference(
  pairs: readonly Pair[],
  options: BootstrapOptions,
): Interval | null {
  return bootstrapMean(differencesOf(pairs), options)
}

/**
 * Quantile of values in rising order, linear between neighbours (type 7 of R and numpy).
 * Source: R. Hyndman, Y. Fan, "Sample Quantiles in Statistical Packages", American Statistician 50(4), 1996.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}
