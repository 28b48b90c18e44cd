const pattern =
  /^([12]\d{3})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(?:(Z)|([+-])(\d\d):?(\d\d)?)?$/i

/**
 * Milliseconds since 1970 (UTC) of a timestamp in ISO 8601, with a fraction for what is finer; a space may stand for
 * the T. One without a zone is taken as UTC. `null` when it is none, or no day of the calendar.
 */
export function parseTimestamp(text: string): number | null {
  const match = pattern.exec(text.trim())
  if (match === null) return null
  const part = (index: number) => Number(match[index] ?? 0)
  const [year, month, day, hour, minute, second] = [1, 2, 3, 4, 5, 6].map(part) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (hour > 23 || minute > 59 || second > 60 || part(10) > 23 || part(11) > 59) return null
  const date = new Date(Date.UTC(year, month - 1, day))
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  const offset = (match[9] === '-' ? -1 : 1) * (part(10) * 60 + part(11))
  const fraction = Number(`0.${match[7] ?? 0}`) * 1000
  return date.getTime() + ((hour * 60 + minute - offset) * 60 + second) * 1000 + fraction
}
