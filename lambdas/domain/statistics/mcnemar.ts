/** Rows on which two yes/no metrics disagree. */
export interface Discordance {
  readonly onlyBaseline: number
  readonly onlyCandidate: number
}

/**
 * Exact two-sided p of McNemar's test: rows on which both agree say nothing, and of the others each is as likely to
 * favour one as the other. 1 where no row disagrees.
 * Sources: Q. McNemar, Psychometrika 12(2), 1947; the exact form is a binomial test at 1/2.
 * @throws RangeError for counts that are not whole numbers from 0 on
 */
export function mcnemarTest({ onlyBaseline, onlyCandidate }: Discordance): number {
  const [few, many] = [onlyBaseline, onlyCandidate].toSorted((left, right) => left - right)
  if (few === undefined || many === undefined || !Number.isInteger(few + many) || few < 0) {
    throw new RangeError(`${onlyBaseline} and ${onlyCandidate} are not counts of rows.`)
  }
  const rows = few + many
  // 2^-rows underflows from 1075 rows on, so terms are added as logarithms.
  let logarithm = -rows * Math.LN2
  let tail = 0
  for (let count = 0; count <= few; count++) {
    tail += Math.exp(logarithm)
    logarithm += Math.log((rows - count) / (count + 1))
  }
  return Math.min(1, 2 * tail)
}
