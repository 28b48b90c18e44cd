import { quantitiesOf, sameQuantity } from '../lexical-judge/quantities.ts'
import { coverage, trigramsOf } from '../lexical-judge/trigrams.ts'
import type { Said } from './said.ts'

/** Fewest letters and digits of a quote: less stands in every text. */
const shortestQuote = 4

/** Numbers in words, which cannot be compared with digits. */
const numberWords =
  /(?:^|\s)(?:하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|열|한|두|세|네|하루|이틀|사흘|나흘|열흘|보름|절반|반|첫|두 배|세 배)(?=\s|[가-힣])|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half|twice|double|dozen|quarter|third)\b/iu

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
 * word in common with it. `null` where nothing speaks against them. Quotes of another script than the statement's are
 * held against its numbers only.
 */
export function unfitQuotes(statement: string, quotes: readonly string[]): Said | null {
  const quoted = quotes.join('\n')
  const missing = missingQuantity(statement, quoted)
  if (missing !== null) {
    return {
      ko: `인용한 구절에 ${missing}이(가) 없습니다`,
      en: `the quote does not say ${missing}`,
    }
  }
  return sharesWords(statement, quoted)
    ? null
    : {
        ko: '인용한 구절과 공통된 낱말이 없습니다',
        en: 'it has no word in common with the quote',
      }
}

/** A number of the statement, as written, that stands nowhere in the other text; `null` where there is none. */
export function missingQuantity(statement: string, text: string): string | null {
  // Derived dates and sums stay unproven; "three days" and the like cannot be compared.
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

/** Whether two texts have anything in common; `true` where they are written in different scripts. */
export function sharesWords(one: string, other: string): boolean {
  if (isKorean(one) !== isKorean(other)) return true
  return coverage(trigramsOf(one), trigramsOf(other)) > 0
}

/** Whether a text is written in Korean, at least in part. */
export function isKorean(text: string): boolean {
  return /\p{Script=Hangul}/u.test(text)
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
