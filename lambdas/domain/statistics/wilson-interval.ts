import { checkConfidence, type Interval } from './interval.ts'
import { normalQuantile } from './normal.ts'

/**
 * Interval of a proportion, without continuity correction; `null` where nothing was tried.
 * Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927.
 * @throws RangeError for counts that are not whole, or more successes than trials.
 */
export function wilsonInterval(
  successes: number,
  trials: number,
  confidence = 0.95,
): Interval | null {
  checkConfidence(confidence)
  if (
    !Number.isInteger(successes) ||
    !Number.isInteger(trials) ||
    successes < 0 ||
    successes > trials
  ) {
    throw new RangeError(`${successes} of ${trials} is not a proportion of whole counts.`)
  }
  if (trials === 0) return null
  const estimate = successes / trials
  const z = normalQuantile((1 + confidence) / 2)
  const scale = 1 + z ** 2 / trials
  const centre = (estimate + z ** 2 / (2 * trials)) / scale
  const reach =
    (z / scale) * Math.sqrt((estimate * (1 - estimate)) / trials + z ** 2 / (4 * trials ** 2))
  return {
    estimate,
    // At 0 and at all of them the bound is exact; rounding would push it past the estimate.
    lower: successes === 0 ? 0 : centre - reach,
    upper: successes === trials ? 1 : centre + reach,
    confidence,
  }
}
