import { Xoshiro128 } from './xoshiro128.ts'

/** A p-value and how it was found. */
export interface PermutationTest {
  readonly p: number
  /** `exact`: every assignment of signs was counted; `monte-carlo`: a sample of them. */
  readonly method: 'exact' | 'monte-carlo'
  /** How many assignments of signs the p-value rests on. */
  readonly permutations: number
}

/** How a permutation test draws where there are too many assignments to count. */
export interface PermutationOptions {
  /** Whole number that starts the random numbers. */
  readonly seed: number
  /** @default 10,000 */
  readonly permutations?: number
}

/** Up to this many differences other than 0 all assignments are counted: half a million sums. */
const mostCounted = 20

/**
 * Two-sided p of paired differences with a mean of 0, by flipping their signs: the share of assignments whose sum is
 * at least as far from 0 as the one seen. Exact for up to {@link mostCounted} differences other than 0 (a difference
 * of 0 has no sign to flip and changes no share); for more, (b + 1) / (m + 1) where b of m random assignments are as
 * far, so that p is never 0.
 * Sources: R. A. Fisher, "The Design of Experiments", 1935, section 21; B. Phipson, G. K. Smyth, "Permutation P-values
 * Should Never Be Zero", Statistical Applications in Genetics and Molecular Biology 9(1), 2010.
 * @throws RangeError for a difference that is not finite
 */
export function permutationTest(
  differences: readonly number[],
  { seed, permutations = 10_000 }: PermutationOptions,
): PermutationTest {
  const odd = differences.find((difference) => !Number.isFinite(difference))
  if (odd !== undefined) throw new RangeError(`A difference of ${odd} cannot be tested.`)
  // Only sizes matter: a sign flips either way. So p is the same whichever of two is called the baseline.
  const sizes = differences.map((difference) => Math.abs(difference)).filter((size) => size > 0)
  const seen = Math.abs(differences.reduce((sum, difference) => sum + difference, 0))
  // Sums in another order differ in their last digits; those are ties.
  const farEnough = seen - sizes.reduce((sum, size) => sum + size, 0) * 1e-12
  if (sizes.length <= mostCounted) {
    const assignments = 2 ** sizes.length
    const p = countFar(sizes, farEnough, 0, 0) / assignments
    return { p, method: 'exact', permutations: assignments }
  }
  const far = sampleFar(sizes, farEnough, permutations, Xoshiro128.from(seed))
  return { p: (far + 1) / (permutations + 1), method: 'monte-carlo', permutations }
}

/** Assignments of signs to the sizes from `index` on whose sum with `sum` is far enough from 0. */
function countFar(sizes: readonly number[], farEnough: number, index: number, sum: number): number {
  const size = sizes[index]
  if (size === undefined) return Math.abs(sum) >= farEnough ? 1 : 0
  const added = countFar(sizes, farEnough, index + 1, sum + size)
  // The first sign mirrors the whole assignment.
  if (index === 0) return 2 * added
  return added + countFar(sizes, farEnough, index + 1, sum - size)
}

function sampleFar(
  sizes: readonly number[],
  farEnough: number,
  permutations: number,
  random: Xoshiro128,
): number {
  let far = 0
  for (let permutation = 0; permutation < permutations; permutation++) {
    let sum = 0
    let signs = 0
    for (const [index, size] of sizes.entries()) {
      if (index % 32 === 0) signs = random.word()
      sum += signs & 1 ? size : -size
      signs >>>= 1
    }
    if (Math.abs(sum) >= farEnough) far += 1
  }
  return far
}
