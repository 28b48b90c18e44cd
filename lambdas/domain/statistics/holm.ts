/**
 * Holm's step-down correction: p-values adjusted for being one of several, in the order given. Rejecting those at most
 * alpha keeps the chance of any false rejection at most alpha, whatever their dependence.
 * Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of Statistics 6, 1979.
 * @throws RangeError for a p-value outside 0..1
 */
export function holmAdjusted(ps: readonly number[]): number[] {
  const odd = ps.find((p) => !(p >= 0 && p <= 1))
  if (odd !== undefined) throw new RangeError(`${odd} is not a p-value.`)
  const adjusted = [...ps]
  let highest = 0
  const rising = [...ps.entries()].toSorted(([, left], [, right]) => left - right)
  for (const [rank, [index, p]] of rising.entries()) {
    highest = Math.max(highest, Math.min(1, (ps.length - rank) * p))
    adjusted[index] = highest
  }
  return adjusted
}
