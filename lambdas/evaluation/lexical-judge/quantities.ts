/** A number of a text in a form that can be compared. */
export interface Quantity {
  /** As the text writes it. */
  readonly written: string
  /** The number, or the day as YYYY-MM-DD. */
  readonly value: string
  /** `date`, `%`, `won`, `day`, …; empty where no unit that is known follows. */
  readonly unit: string
}

const units: readonly (readonly [unit: string, words: RegExp])[] = [
  ['%', /^(?:%p?|퍼센트|프로(?!그|젝)|percent|per cent)/u],
  ['won', /^(?:원(?!인|래|칙)|won\b|krw)/u],
  ['dollar', /^(?:달러|dollars?\b|usd)/u],
  ['month', /^(?:개월|달(?!러)|months?\b)/u],
  ['year', /^(?:년|years?\b|세(?!기|대)|살)/u],
  ['week', /^(?:주일|주간|weeks?\b)/u],
  ['day', /^(?:영업일|일(?!부|반)|days?\b|business days?\b)/u],
  ['hour', /^(?:시간|hours?\b)/u],
  ['minute', /^(?:분(?!의)|minutes?\b)/u],
  ['clause', /^(?:조|항|호)/u],
  ['person', /^(?:명|인(?!치)|people\b|persons?\b)/u],
  ['time', /^(?:회|번|times?\b)/u],
  ['km', /^(?:km\b|킬로미터|kilomet(?:er|re)s?\b)/u],
]

const scales: Readonly<Record<string, number>> = {
  천: 1e3,
  만: 1e4,
  십만: 1e5,
  백만: 1e6,
  천만: 1e7,
  억: 1e8,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
}

const words: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    [
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'eight',
      'nine',
      'ten',
      'eleven',
      'twelve',
    ].map((word, index) => [word, index + 2]),
  ),
  ...Object.fromEntries(
    ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'].map(
      (word, index) => [word, (index + 2) * 10],
    ),
  ),
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthName = `(${months.join('|')})[a-z]*\\.?`
const numericDate = /(\d{4})\s*(?:[-./]|년)\s*(\d{1,2})\s*(?:[-./]|월)\s*(\d{1,2})(?!\d)일?/gu
const dayFirst = new RegExp(`(\\d{1,2})(?:st|nd|rd|th)?\\s+${monthName},?\\s+(\\d{4})`, 'gu')
const monthFirst = new RegExp(`${monthName}\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})`, 'gu')
const scaled =
  /\d+(?:\.\d+)?(?:\s?(?:십만|백만|천만|억|만(?!기)|천)(?:\s?\d+(?:\.\d+)?(?=\s?(?:십만|백만|천만|만|천|원)))?|\s(?:thousand|million|billion))*/gu

/** The numbers, amounts, percentages and days of a Korean or English text, in the order in which they are found. */
export function quantitiesOf(text: string): Quantity[] {
  const found: Quantity[] = []
  const take = (pattern: RegExp, from: string, date: (groups: string[]) => string[]): string =>
    from.replaceAll(pattern, (written: string, ...groups: string[]) => {
      const [year = '', month = '', day = ''] = date(groups)
      const value = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
      found.push({ written, value, unit: 'date' })
      return ' '
    })
  const monthOf = (name = ''): string => String(months.indexOf(name) + 1)
  let rest = text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/gu, '')
    .replaceAll(/\p{L}+/gu, (word) => (Object.hasOwn(words, word) ? String(words[word]) : word))
  rest = take(numericDate, rest, (groups) => groups.slice(0, 3))
  rest = take(dayFirst, rest, ([day = '', month, year = '']) => [year, monthOf(month), day])
  rest = take(monthFirst, rest, ([month, day = '', year = '']) => [year, monthOf(month), day])
  for (const { 0: number, index } of rest.matchAll(scaled)) {
    const after = rest.slice(index + number.length).trimStart()
    const before = rest.slice(0, index).trimEnd()
    const unit = units.find(([, pattern]) => pattern.test(after))?.[0] ?? unitBefore(before)
    found.push({ written: number, value: String(valueOf(number)), unit })
  }
  return found
}

/** Whether two quantities are the same; one without a unit is compared by its number. */
export function sameQuantity(left: Quantity, right: Quantity): boolean {
  return (
    left.value === right.value &&
    (left.unit === right.unit || left.unit === '' || right.unit === '')
  )
}

function unitBefore(before: string): string {
  if (/(?:₩|krw)$/u.test(before)) return 'won'
  return /(?:\$|usd)$/u.test(before) ? 'dollar' : ''
}

/** 3천만 is 3 x 1,000 x 10,000; 1만 2천 is 10,000 + 2,000. */
function valueOf(number: string): number {
  let sum = 0
  let current = 0
  for (const [part] of number.matchAll(
    /\d+(?:\.\d+)?|십만|백만|천만|억|만|천|thousand|million|billion/gu,
  )) {
    const scale = scales[part]
    if (scale === undefined) {
      sum += current
      current = Number(part)
    } else current *= scale
  }
  return Number((sum + current).toPrecision(12))
}
