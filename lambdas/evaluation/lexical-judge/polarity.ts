import { plainText } from './trigrams.ts'

/** Words that turn a statement round; two of them in one place turn it back. */
const negations =
  /않|(?<!잘)못(?=[^\s]|\s)|없|(?<!뿐만 )(?<!뿐 )아니|(?<=^|\s)안(?=\s)|불가|금지|면책|제외|거절|거부|무효|(?<=^|\s)(?:not|no|never|none|nobody|nothing|neither|nor|without|cannot|unable|unlike|exclud\p{L}*|except|prohibit\p{L}*|forbid\p{L}*|den(?:y|ies|ied)|t)(?=\s|$)/gu

/** Words that say the opposite of each other. */
const opposites: readonly (readonly [RegExp, RegExp])[] = [
  [/이상|초과/u, /이하|미만/u],
  [/이전/u, /이후/u],
  [/증가|늘어|늘었|상승|오르|올랐/u, /감소|줄어|줄었|하락|내리|내렸/u],
  [/높/u, /낮/u],
  [/많/u, /적[은다습었]/u],
  [/최대/u, /최소/u],
  [/있/u, /없/u],
  [/쉽|쉬/u, /어렵|어려/u],
  [/좋/u, /나쁘|나빴|나쁜/u],
  [/찬성/u, /반대/u],
  [
    /\b(?:more|above|over|increase[sd]?|rises?|rose|higher|at least)\b/u,
    /\b(?:less|fewer|below|under|decrease[sd]?|falls?|fell|lower|at most)\b/u,
  ],
  [/\bbefore\b/u, /\bafter\b/u],
  [/\bmaximum\b/u, /\bminimum\b/u],
  [/\balways\b/u, /\bnever\b/u],
]

/** Why a claim says the opposite of a passage; `null` where nothing shows that it does. */
export function oppositionOf(claim: string, passage: string): string | null {
  const near = nearBy(claim, passage)
  if (countNegations(claim) % 2 !== countNegations(near) % 2) return 'One of the two is negated.'
  const plain = plainText(claim)
  for (const pair of opposites) {
    for (const [one, other] of [pair, pair.toReversed()] as const) {
      if (!one || !other) continue
      if (one.test(plain) && !other.test(plain) && other.test(near) && !one.test(near)) {
        return `The claim says "${one.exec(plain)?.[0]}", the passage "${other.exec(near)?.[0]}".`
      }
    }
  }
  return null
}

function countNegations(text: string): number {
  return plainText(text).match(negations)?.length ?? 0
}

/** The part of a passage that speaks of the same as the claim, with a word before and two after it (Korean negates after the verb): there a negation counts. */
function nearBy(claim: string, passage: string): string {
  const pairs = new Set(plainText(claim).split(' ').flatMap(bigramsOf))
  const words = plainText(passage).split(' ')
  const shared = words.map((word) => {
    const bigrams = bigramsOf(word)
    return (
      bigrams.length > 0 &&
      bigrams.filter((bigram) => pairs.has(bigram)).length * 2 >= bigrams.length
    )
  })
  const first = shared.indexOf(true)
  if (first < 0) return words.join(' ')
  return words.slice(Math.max(0, first - 1), shared.lastIndexOf(true) + 3).join(' ')
}

function bigramsOf(word: string): string[] {
  const characters = Array.from(word)
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`)
}
