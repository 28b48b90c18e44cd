/** A calendar day as `YYYY-MM-DD`. */
export type Day = string

/** Whole days, half-open: `from` belongs to it, `to` does not. */
export interface Period {
  readonly from: Day
  readonly to: Day
}

const millisecondsPerDay = 86_400_000

/** Whether the text is a day of the calendar between 2000 and 2199. */
export function isDay(text: string): boolean {
  if (!/^2[01]\d\d-\d\d-\d\d$/.test(text)) return false
  const time = Date.parse(`${text}T00:00:00Z`)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** The day that is `days` later (or earlier, if negative). */
export function addDays(day: Day, days: number): Day {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * millisecondsPerDay)
    .toISOString()
    .slice(0, 10)
}

/** Number of days in a period; negative when it is reversed. */
export function lengthInDays(period: Period): number {
  return (
    (Date.parse(`${period.to}T00:00:00Z`) - Date.parse(`${period.from}T00:00:00Z`)) /
    millisecondsPerDay
  )
}

/** The day that a moment belongs to in a time zone. */
export function dayOf(moment: Date, timeZone: string): Day {
  // Swedish writes dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(moment)
}

/** The moment at which a day begins in a time zone; where a clock change skips midnight, the first moment after it. */
export function startOfDay(day: Day, timeZone: string): Date {
  const utcMidnight = Date.parse(`${day}T00:00:00Z`)
  // Time zones are between 14 hours ahead of UTC and 12 hours behind it: find the first moment of the day.
  let before = utcMidnight - 15 * 3_600_000
  let after = utcMidnight + 13 * 3_600_000
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (dayOf(new Date(middle), timeZone) < day) before = middle
    else after = middle
  }
  return new Date(after)
}
