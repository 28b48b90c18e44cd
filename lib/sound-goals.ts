import type { Goal } from '../lambdas/domain/goal.ts'

/** Throws a sentence for evidence that no figure could give. */
export function requireEvidence(where: string, { metric, minSamples = 1, confidence }: Goal): void {
  if (!Number.isInteger(minSamples) || minSamples < 1) {
    throw new Error(
      `${where}: minSamples of ${metric} is ${minSamples}; give a whole number, 1 or more.`,
    )
  }
  if (confidence !== undefined && !(confidence > 0 && confidence < 1)) {
    throw new Error(
      `${where}: the confidence of ${metric} is ${confidence}; give a number between 0 and 1, such as 0.95.`,
    )
  }
}
