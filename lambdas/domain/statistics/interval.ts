/** An estimate and the interval that covers the true value with a confidence, such as 0.95. */
export interface Interval {
  readonly estimate: number
  readonly lower: number
  readonly upper: number
  readonly confidence: number
}

/** @throws RangeError for a confidence that is not between 0 and 1, both excluded. */
export function checkConfidence(confidence: number): void {
  if (confidence > 0 && confidence < 1) return
  throw new RangeError(
    `A confidence lies between 0 and 1, both excluded; this one is ${confidence}.`,
  )
}
