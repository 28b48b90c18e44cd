import * as z from 'zod'
import { addDays, isDay, lengthInDays, type Period } from '../domain/period.ts'
import { invalidRequest } from '../domain/problem.ts'

/** Longest period that one report covers, in days. */
const longestPeriod = 400

const day = z
  .string()
  .refine(isDay, 'must be a day of the calendar, YYYY-MM-DD')
  .meta({ format: 'date', pattern: '^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$', example: '2026-11-01' })

/** A short text of printable characters, without blanks at its ends. */
export const label = (length: number) =>
  z
    .string()
    .min(1)
    .max(length)
    // oxlint-disable-next-line no-control-regex -- control characters are what it keeps out
    .regex(/^[^\s\u0000-\u001f\u007f](?:[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$/u)
    .refine((text) => text.isWellFormed(), 'holds half of a surrogate pair')

/** A whole number in a query, in digits: what is empty is no 0. */
export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^[0-9]{1,15}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least).max(most))
    .meta({ type: 'integer', minimum: least, maximum: most, pattern: undefined })

/** A moment with its offset from UTC, in a body. */
export const moment = z.iso
  .datetime({ offset: true })
  .refine((text) => isDay(text.slice(0, 10)), 'must be in the years 2000 to 2199')

/** The days that a report covers. */
export const periodFields = {
  from: day
    .optional()
    .describe('First day, in the time zone of the environment. Default: 30 days before `to`'),
  to: day.optional().describe('First day that no longer belongs to the period. Default: tomorrow'),
}

/** How much of a list, and from where. */
export const pageFields = (most: number, usual: number) => ({
  limit: wholeNumber(1, most).optional().default(usual),
  offset: wholeNumber(0, 1_000_000).optional().default(0),
})

/** No query at all. */
export const emptyQuery = z.strictObject({})

/** A period that was asked for, completed. Throws a 400 for one that is reversed or longer than {@link longestPeriod}. */
export function completePeriod(
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
  today: string,
): Period {
  const to =
    asked.to ??
    (asked.from !== undefined && asked.from > today ? addDays(asked.from, 1) : addDays(today, 1))
  const from = asked.from ?? addDays(to, -30)
  const length = lengthInDays({ from, to })
  if (length <= 0) {
    throw invalidRequest([
      { field: 'from', message: `must be before to; the period ${from} to ${to} is empty` },
    ])
  }
  if (length > longestPeriod) {
    throw invalidRequest([
      {
        field: 'from',
        message: `the period ${from} to ${to} has ${length} days; ask for at most ${longestPeriod}`,
      },
    ])
  }
  return { from, to }
}
