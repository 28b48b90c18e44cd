import { quantitiesOf, sameQuantity } from '../lexical-judge/quantities.ts'
import { coverage, trigramsOf } from '../lexical-judge/trigrams.ts'
import type { Said } from './said.ts'

/** Fewest letters and digits of a quote: less stands in every text. */
const shortestQuote = 4

/** Numbers in words that are not read as numbers, so that a statement cannot be held against them. */
const numberWords =
  /(?:하나|둘|셋|넷|하루|이틀|사흘|나흘|열흘|보름|절반|반년|(?<![가-힣])(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉|열)\s?(?:개월|개|명|번|차례|달|주|시간|살|가지|배|건|군데|사람|분|날|해))|\b(?:one (?:day|week|month|year|hour|time|per ?cent|hundred|thousand|million)|half|twice|double|dozen|quarter|once|hundred|thousand|(?:thir|four|fif|six|seven|eigh|nine)teen)\b/iu

/** Whether a quote stands in a text word for word; how blanks and Unicode are written makes no difference. */
export function standsIn(quote: string, text: string): boolean {
  const wanted = comparable(unwrap(quote))
  if ((wanted.match(/[\p{L}\p{N}]/gu)?.length ?? 0) < Math.min(shortestQuote, lettersIn(text))) {
    return false
  }
  return comparable(text).includes(wanted)
}

/**
 * Why quotes, though they stand in their contexts, cannot support a statement: they lack one of its numbers, or have no
 * word in common with it. `null` where nothing speaks against them.
 * @param language of the answer that makes the statement; quotes of another language are held against numbers only
 */
export function unfitQuotes(
  statement: string,
  quotes: readonly string[],
  language: 'ko' | 'en',
): Said | null {
  const quoted = quotes.join('\n')
  const missing = missingQuantity(statement, quoted)
  if (missing !== null) {
    return {
      ko: `인용한 구절에 ${missing}이(가) 없습니다`,
      en: `the quote does not say ${missing}`,
    }
  }
  const isForeign = languageOf(quoted) !== language && languageOf(statement) === language
  return isForeign || sharesWords(statement, quoted)
    ? null
    : {
        ko: '인용한 구절과 공통된 낱말이 없습니다',
        en: 'it has no word in common with the quote',
      }
}

/** A number of the statement, as written, that stands nowhere in the other text; `null` where there is none. */
export function missingQuantity(statement: string, text: string): string | null {
  if (numberWords.test(text)) return null
  const given = quantitiesOf(text)
  const digits = new Set(text.normalize('NFKC').match(/\d+/gu))
  const missing = quantitiesOf(statement).find(
    (quantity) =>
      !given.some((other) => sameQuantity(quantity, other)) &&
      !(quantity.written.match(/\d+/gu) ?? ['']).every((run) => digits.has(run)),
  )
  return missing?.written.trim() ?? null
}

/** Words that stand in every text. */
const emptyWords =
  /^(?:있|없|않|합니|됩니|입니|하는|하지|하여|되는|되어|것[은이을]?$|수$|등$|및$|또는|그리고|그러|이는|이를|그는|그것|the$|and$|for$|that|this|with|from|have$|has$|are$|was$|were$|not$|but$|you$|your|its$|their|they|will$|would|can$|may$|which|when$|what$)/u

/**
 * Share of trigrams from which texts without a common word speak of the same. On KLUE-NLI it takes 3 % of the passages
 * of other rows for a claim's own, and refuses 0.6 % of the passages that entail it.
 */
const likeness = 0.1

/**
 * Whether two texts have the beginning of a word in common (two syllables of Korean, whose words keep their stem in
 * front, or four letters), or are alike in their characters.
 */
export function sharesWords(one: string, other: string): boolean {
  const known = wordStarts(other)
  const wanted = [...wordStarts(one)]
  return (
    wanted.length === 0 ||
    wanted.some((start) => known.has(start)) ||
    coverage(trigramsOf(one), trigramsOf(other)) >= likeness
  )
}

function wordStarts(text: string): Set<string> {
  const words =
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/\p{Script=Hangul}{2,}|[\p{L}\p{N}]{3,}/gu) ?? []
  return new Set(
    words
      .filter((word) => !emptyWords.test(word))
      .map((word) =>
        Array.from(word)
          .slice(0, languageOf(word) === 'ko' ? 2 : 4)
          .join(''),
      ),
  )
}

/** The language that most of a text is written in: a Korean syllable says as much as two letters. */
export function languageOf(text: string): 'ko' | 'en' {
  const syllables = text.match(/\p{Script=Hangul}/gu)?.length ?? 0
  const letters = text.match(/\p{Script=Latin}/gu)?.length ?? 0
  return syllables > 0 && syllables * 2 >= letters ? 'ko' : 'en'
}

function comparable(text: string): string {
  return text.normalize('NFC').replaceAll(/\s+/gu, ' ').trim()
}

/** A quote as it is meant: without the marks that a model puts around it. */
function unwrap(quote: string): string {
  return quote
    .trim()
    .replaceAll(/^["'“‘「『]+|["'”’」』]+$/gu, '')
    .replaceAll(/^(?:\.{3}|…)\s*|\s*(?:\.{3}|…)$/gu, '')
}

function lettersIn(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
}
