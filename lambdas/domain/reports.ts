import { invalidRequest, Problem } from './problem.ts'

/** How far ahead a caller's clock may be, in milliseconds. */
const clockSkew = 5 * 60_000

/**
 * Refuses what is reported from the future.
 * @param field of the body that holds the reports
 * @throws Problem 400 that names the first such report
 */
export function requirePast(
  reports: readonly { readonly at: string }[],
  field: string,
  now: Date,
): void {
  const latest = now.getTime() + clockSkew
  const early = reports.findIndex(({ at }) => new Date(at).getTime() > latest)
  if (early < 0) return
  throw invalidRequest([
    {
      field: `body.${field}.${early}.at`,
      message: `is in the future; it is ${now.toISOString()} here`,
    },
  ])
}

/**
 * Refuses reports whose ids were used before for something else.
 * @param what the other reports are, such as `figures`
 * @throws Problem 409 that names them
 */
export function requireOwnIds(conflicts: readonly { readonly id: string }[], what: string): void {
  if (conflicts.length === 0) return
  throw new Problem({
    status: 409,
    title: 'An id stands for another report',
    detail: `These ids were used for other ${what}: ${conflicts.map(({ id }) => id).join(', ')}. Nothing of this request was kept; give each report an id of its own.`,
  })
}
