const months = 'JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC'
const weekdays = 'SUN|MON|TUE|WED|THU|FRI|SAT'

interface Field {
  readonly name: string
  readonly from: number
  readonly to: number
  /** Words that stand for numbers, in their order. @default none */
  readonly words?: string
  /** What else the field may be. @default nothing */
  readonly special?: RegExp
}

const fields: readonly Field[] = [
  { name: 'minutes', from: 0, to: 59 },
  { name: 'hours', from: 0, to: 23 },
  { name: 'day of month', from: 1, to: 31, special: /^(?:\?|L|LW|(?:[1-9]|[12]\d|3[01])W)$/u },
  { name: 'month', from: 1, to: 12, words: months },
  {
    name: 'day of week',
    from: 1,
    to: 7,
    words: weekdays,
    special: new RegExp(`^(?:\\?|L|(?:[1-7]|${weekdays})(?:L|#[1-5]))$`, 'u'),
  },
  { name: 'year', from: 1970, to: 2199 },
]

const example = '"0 9 ? * MON-FRI *"'

/**
 * Throws a sentence for fields that the Scheduler would refuse, or that could not be meant.
 *
 * @param where what has them, such as `database.awakeHours`
 * @param cron minutes, hours, day of month, month, day of week and year
 */
export function requireCron(where: string, cron: string): void {
  const given = cron.trim().split(/\s+/u)
  if (given.length !== fields.length) {
    throw new Error(
      `${where} has "${cron}"; give the six cron fields minutes, hours, day of month, month, day of week and year, such as ${example}.`,
    )
  }
  for (const [index, field] of fields.entries()) {
    if (!isField(given[index] ?? '', field)) {
      throw new Error(
        `${where} has "${cron}", whose ${field.name} "${given[index]}" is none from ${field.from} to ${field.to}; it should look like ${example}.`,
      )
    }
  }
  if ((given[2] === '?') === (given[4] === '?')) {
    throw new Error(
      `${where} has "${cron}"; either the day of month or the day of week must be "?", such as ${example}.`,
    )
  }
}

function isField(text: string, field: Field): boolean {
  if (field.special?.test(text)) return true
  return text.split(',').every((item) => isItem(item, field))
}

/** `*`, `5`, `1-5`, and each with a step such as `/15`. */
function isItem(item: string, field: Field): boolean {
  const [range = '', step, ...more] = item.split('/')
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/u.test(step))) return false
  if (range === '*') return true
  const ends = range.split('-').map((end) => numberOf(end, field))
  const [first, last = first] = ends
  if (ends.length > 2 || first === undefined || last === undefined) return false
  return first >= field.from && last <= field.to && first <= last
}

function numberOf(text: string, { from, words }: Field): number | undefined {
  if (/^\d+$/u.test(text)) return Number(text)
  const index = words?.split('|').indexOf(text) ?? -1
  return index === -1 ? undefined : from + index
}
