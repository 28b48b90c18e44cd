/** An amount as a flyer prints it. */
export interface Price {
  readonly amount: number
  /** ISO 4217 code; `null` where none is named. */
  readonly currency: string | null
}

const currencies: Readonly<Record<string, string>> = {
  ...named('KRW', ['₩', '\\', '원', 'won', 'krw']),
  ...named('USD', ['$', 'us$', 'usd', '달러', 'dollar', 'dollars', '불']),
  ...named('EUR', ['€', 'eur', 'euro', 'euros', '유로']),
  ...named('JPY', ['¥', '円', '엔', 'jpy', 'yen']),
  ...named('GBP', ['£', 'gbp', '파운드']),
}

const scales: Readonly<Record<string, number>> = {
  백: 1e2,
  천: 1e3,
  만: 1e4,
  십만: 1e5,
  백만: 1e6,
  천만: 1e7,
  억: 1e8,
}

const scaled = /(\d+(?:\.\d+)?)\s*(십만|백만|천만|억|만|천|백)?\s*/gu
const amount =
  /(₩|\\|us\$|\$|€|¥|£|krw|usd|eur|jpy|gbp)?\s*((?:\d+(?:\.\d+)?\s*(?:십만|백만|천만|억|만|천|백)\s*)+(?:\d+(?:\.\d+)?)?|\d+(?:\.\d+)?)\s*(\p{L}+|[$€¥£₩%+])?/gu

/**
 * Reads the price in a text; `null` where there is none, or more than one. What is tolerated:
 * - Unicode forms (NFKC: full-width digits and signs), capitals, white space;
 * - thousands separators: comma, apostrophe, thin or fixed space, and the point where the currency is won or a decimal
 *   comma follows;
 * - currency signs, codes and words before or after the amount, or none;
 * - Korean numerals of scale: 천원, 1.5만원, 1만 2천원, 3만5000원.
 * Numbers with another word after them (개, g, ml, %) are no prices. Amounts with a currency come before bare ones.
 */
export function parsePrice(text: string | number): Price | null {
  if (typeof text === 'number') {
    return Number.isFinite(text) && text >= 0 ? { amount: text, currency: null } : null
  }
  const plain = withoutSeparators(text)
  const found: Price[] = []
  for (const [, sign, digits = '', after] of plain.matchAll(amount)) {
    const currency = currencies[sign ?? ''] ?? currencyOfWord(after)
    if (currency === undefined && after !== undefined) continue
    found.push({ amount: amountOf(digits), currency: currency ?? null })
  }
  const marked = found.filter(({ currency }) => currency !== null)
  const candidates = marked.length > 0 ? marked : found
  const [first] = candidates
  if (first === undefined) return null
  return candidates.every((price) => samePrice(price, first)) ? first : null
}

/** Equal amounts, in the same currency where both name one. */
export function samePrice(left: Price, right: Price): boolean {
  if (left.currency !== null && right.currency !== null && left.currency !== right.currency) {
    return false
  }
  // What a sum of decimals loses to rounding, and far less than a cent.
  return Math.abs(left.amount - right.amount) < 1e-6
}

function withoutSeparators(text: string): string {
  return text
    .replaceAll(/(?<=\d)[\u00A0\u2009\u202F](?=\d{3}(?!\d))/gu, '')
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/(?<!\d)\d{1,3}(?:\.\d{3})+,\d{1,2}(?!\d)/gu, (match) =>
      match.replaceAll('.', '').replace(',', '.'),
    )
    .replaceAll(/(?<=\d)[,'’](?=\d{3}(?!\d))/gu, '')
    .replaceAll(
      /(?<=₩\s*)\d{1,3}(?:\.\d{3})+(?!\d)|(?<![\d.])\d{1,3}(?:\.\d{3})+(?=\s*(?:원|won|krw))/gu,
      (match) => match.replaceAll('.', ''),
    )
}

function amountOf(digits: string): number {
  return [...digits.matchAll(scaled)].reduce(
    (sum, [, number, scale]) => sum + Number(number) * (scales[scale ?? ''] ?? 1),
    0,
  )
}

/** A word may go on after the currency: 원부터, 원입니다. */
function currencyOfWord(word: string | undefined): string | undefined {
  if (word === undefined) return undefined
  return currencies[word] ?? (/^원(?!형|산|두|목)/u.test(word) ? 'KRW' : undefined)
}

function named(code: string, words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => [word, code]))
}
