import { normalCdf, solve } from './normal.ts'
import { standardDeviation } from './pair.ts'

/** What a paired comparison is to find, and how surely. */
export interface PowerOptions {
  /** Chance to find the effect where it is there. @default 0.8 */
  readonly power?: number
  /** Chance, on both sides together, to find one where there is none. @default 0.05 */
  readonly alpha?: number
}

/**
 * The smallest true effect, in standard deviations of the differences (Cohen's d), that n pairs would find; `null` for
 * fewer than two pairs. It is that of the two-sided paired t-test by the noncentral t distribution, which the sign-flip
 * test follows closely.
 * Source: J. Cohen, "Statistical Power Analysis for the Behavioral Sciences", 2nd edition, 1988, chapter 2.
 */
export function smallestEffect(
  pairs: number,
  { power = 0.8, alpha = 0.05 }: PowerOptions = {},
): number | null {
  if (pairs < 2) return null
  const critical = solve((t) => alpha / 2 - exceeds(t, 0, pairs - 1), 0, 1e6)
  const root = Math.sqrt(pairs)
  const powerOf = (noncentrality: number): number =>
    exceeds(critical, noncentrality, pairs - 1) + exceeds(critical, -noncentrality, pairs - 1)
  return solve((noncentrality) => powerOf(noncentrality) - power, 0, 1e6) / root
}

/**
 * The smallest mean difference, in the metric's own unit, that pairs with the spread of these differences would find;
 * `null` for fewer than two pairs and where all differences are equal, which say nothing of the spread.
 */
export function smallestDetectableDifference(
  differences: readonly number[],
  options: PowerOptions = {},
): number | null {
  if (differences.every((difference) => difference === differences[0])) return null
  const effect = smallestEffect(differences.length, options)
  return effect === null ? null : effect * standardDeviation(differences)
}

const steps = 2_000

/**
 * Chance that a noncentral t exceeds a critical value of at least 0. T is (Z + noncentrality) / S, where S is the
 * square root of chi-squared / freedom: for each S the normal distribution gives the chance, and Simpson's rule adds
 * them up over the density of S. Dividing by the sum of the densities makes their constant unnecessary.
 */
function exceeds(critical: number, noncentrality: number, freedom: number): number {
  const spread = 10 / Math.sqrt(2 * freedom)
  const from = Math.max(1e-12, 1 - spread)
  const width = (1 + spread - from) / steps
  let chance = 0
  let total = 0
  for (let step = 0; step <= steps; step++) {
    const s = from + step * width
    const weight = step === 0 || step === steps ? 1 : step % 2 === 1 ? 4 : 2
    const density = weight * Math.exp((freedom - 1) * Math.log(s) - (freedom * (s * s - 1)) / 2)
    chance += density * normalCdf(noncentrality - critical * s)
    total += density
  }
  return chance / total
}
