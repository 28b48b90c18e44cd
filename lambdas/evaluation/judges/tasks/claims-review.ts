import type { Context } from '../../lexical-judge/citations.ts'
import { judgeAnswer } from '../../lexical-judge/judge.ts'
import { quantitiesOf } from '../../lexical-judge/quantities.ts'
import { plainText } from '../../lexical-judge/trigrams.ts'
import type { JudgedClaim } from '../../metrics/claims.ts'
import type { NumberedSentence, ShownContext } from '../judged-text.ts'
import { missingQuantity, sharesWords, standsIn, unfitQuotes } from '../quotes.ts'
import type { Said } from '../said.ts'
import { excerpt, type Review } from '../task.ts'
import type { ClaimAnswer, ClaimsAnswer, SentenceAnswer } from './claims-answer.ts'

/** A sentence without a number that is longer than this states something, whatever a judge says. */
const longestWithoutClaim = 80

/** Why a citation cannot be right. */
const unsupported: Said = {
  ko: '뒷받침되는 주장이 없습니다',
  en: 'no claim of it is supported',
}

/** What the claims of an answer are judged by. */
export interface ClaimsQuestion {
  readonly language: 'ko' | 'en'
  readonly question: string | undefined
  /** Those that are shown. */
  readonly sentences: readonly NumberedSentence[]
  readonly contexts: readonly ShownContext[]
  /** In the same order, with their ids. */
  readonly sources: readonly Context[]
}

/** Numbers of the contexts that a sentence cites, each once. */
export function citedBy({ citations }: NumberedSentence): number[] {
  return [...new Set(citations.flatMap(({ contexts }) => contexts))]
}

/** Holds an answer against the protocol, sentence by sentence. */
export class ClaimsReview {
  readonly #asked: ClaimsQuestion
  readonly #answer: string
  readonly #breaches: Said[] = []
  readonly #doubts: Said[] = []

  constructor(asked: ClaimsQuestion) {
    this.#asked = asked
    this.#answer = asked.sentences.map(({ text }) => text).join('\n')
  }

  of(answer: ClaimsAnswer): Review<JudgedClaim[]> {
    const known = new Set(this.#asked.sentences.map(({ number }) => number))
    for (const { number } of answer.sentences) {
      if (!known.has(number))
        this.#breach(`문장 ${number}은 없습니다.`, `There is no sentence ${number}.`)
    }
    const verdict = this.#asked.sentences.flatMap((asked) => {
      const given = answer.sentences.filter(({ number }) => number === asked.number)
      const [only] = given
      if (only === undefined || given.length > 1) {
        const [ko, en] =
          given.length === 0
            ? ['답이 없습니다', 'has no entry']
            : ['답이 여럿입니다', 'has several entries']
        this.#breach(`문장 ${asked.number}에 대한 ${ko}.`, `Sentence ${asked.number} ${en}.`)
        return []
      }
      return this.#sentence(asked, only)
    })
    return { breaches: this.#breaches, doubts: this.#doubts, verdict }
  }

  #sentence(asked: NumberedSentence, given: SentenceAnswer): JudgedClaim[] {
    const own = this.#ownClaims(asked, given)
    const judged = own.map((each) => this.#claim(asked, each))
    const unclaimed = this.#unclaimed(asked, own)
    const claims = unclaimed === null ? judged : [unclaimed]
    const isSupported = claims.some(({ support }) => support === 'supported')
    const supporting = this.#supportingCitations(asked, given, isSupported)
    const [first, ...others] = claims
    if (first === undefined) return []
    const citations = asked.citations.map(({ cited, contexts }) => ({
      cited,
      verdict:
        contexts.length === 0
          ? ('unknown clause' as const)
          : contexts.some((context) => supporting.has(context))
            ? ('right' as const)
            : ('does not support the claim' as const),
    }))
    // A citation counts once, however many claims its sentence makes.
    return [{ ...first, citations }, ...others]
  }

  /** The claims that are the sentence's own: what it does not say is not counted for it, nor anything twice. */
  #ownClaims(asked: NumberedSentence, given: SentenceAnswer): ClaimAnswer[] {
    const seen = new Set<string>()
    return given.claims.filter((each) => {
      const plain = plainText(each.claim)
      if (seen.has(plain)) return false
      seen.add(plain)
      const invented = missingQuantity(each.claim, this.#answer)
      if (invented === null && sharesWords(each.claim, asked.text)) return true
      const what = `"${excerpt(each.claim)}"`
      this.#doubt(
        `${what}: 문장 ${asked.number}이 말하지 않는 내용입니다.`,
        `${what}: sentence ${asked.number} does not say that.`,
      )
      return false
    })
  }

  #claim(asked: NumberedSentence, given: ClaimAnswer): JudgedClaim {
    const what = `"${excerpt(given.claim)}"`
    const judged = { claim: given.claim, rationale: given.reason, citations: [] }
    if (given.claim.trim() === '') {
      this.#breach(
        `문장 ${asked.number}에 빈 주장이 있습니다.`,
        `Sentence ${asked.number} has an empty claim.`,
      )
    }
    if (given.verdict === 'not_mentioned')
      return { ...judged, support: 'not mentioned', passage: null }
    if (given.evidence.length === 0) {
      this.#breach(`${what}: evidence가 없습니다.`, `${what}: it has no evidence.`)
    }
    const quotes = given.evidence.flatMap(({ context, quote }) =>
      this.#isThere(what, context, quote) ? [{ context, quote }] : [],
    )
    const [first] = quotes
    const passage = first
      ? { contextId: this.#asked.sources[first.context - 1]?.id ?? '', text: first.quote }
      : null
    if (given.verdict === 'contradicted') return { ...judged, support: 'contradicted', passage }
    const unfit = unfitQuotes(
      given.claim,
      quotes.map(({ quote }) => quote),
      this.#asked.language,
    )
    if (unfit === null || quotes.length === 0) return { ...judged, support: 'supported', passage }
    this.#doubt(`${what}: ${unfit.ko}.`, `${what}: ${unfit.en}.`)
    return {
      ...judged,
      support: 'not mentioned',
      passage: null,
      rationale: `The judge calls it supported, but ${unfit.en}.`,
    }
  }

  /** The sentence itself as a claim, where the judge passed over what it states. */
  #unclaimed(asked: NumberedSentence, claims: readonly ClaimAnswer[]): JudgedClaim | null {
    const { text } = asked
    const states = (judgeAnswer({ answer: text, contexts: [] }).claims ?? []).length > 0
    const mustClaim = states && (quantitiesOf(text).length > 0 || text.length > longestWithoutClaim)
    const missing = missingQuantity(text, claims.map((each) => each.claim).join('\n'))
    const why: Said | null =
      claims.length === 0
        ? mustClaim
          ? { ko: '사실을 주장하고 있습니다', en: 'it states something' }
          : null
        : missing === null
          ? null
          : { ko: `주장에 ${missing}이(가) 빠졌습니다`, en: `its claims leave out ${missing}` }
    if (why === null) return null
    this.#doubt(`문장 ${asked.number}: ${why.ko}.`, `sentence ${asked.number}: ${why.en}.`)
    return {
      claim: text,
      support: 'not mentioned',
      passage: null,
      rationale: `The judge passed over this sentence, but ${why.en}.`,
      citations: [],
    }
  }

  /** Contexts that support the sentence which cites them. */
  #supportingCitations(
    asked: NumberedSentence,
    given: SentenceAnswer,
    isSupported: boolean,
  ): ReadonlySet<number> {
    const wanted = citedBy(asked)
    const supporting = new Set<number>()
    for (const context of wanted) {
      const entries = given.citations.filter((each) => each.context === context)
      const [only] = entries
      const what = `sentence ${asked.number}, cited context ${context}`
      if (only === undefined || entries.length > 1) {
        this.#breach(`${what}: 답이 하나여야 합니다.`, `${what}: it needs exactly one entry.`)
        continue
      }
      if (!only.supports) continue
      const quote = only.quote ?? ''
      if (!this.#isThere(what, context, quote)) continue
      const unfit = isSupported
        ? unfitQuotes(asked.text, [quote], this.#asked.language)
        : unsupported
      if (unfit === null) supporting.add(context)
      else this.#doubt(`${what}: ${unfit.ko}.`, `${what}: ${unfit.en}.`)
    }
    const other = given.citations.find(({ context }) => !wanted.includes(context))
    if (other !== undefined) {
      this.#breach(
        `문장 ${asked.number}은 context ${other.context}을 인용하지 않습니다.`,
        `Sentence ${asked.number} does not cite context ${other.context}.`,
      )
    }
    return supporting
  }

  /** Whether a quote stands in a context, word for word. */
  #isThere(what: string, context: number, quote: string): boolean {
    const source = this.#asked.contexts.find(({ number }) => number === context)
    if (source === undefined) {
      this.#breach(
        `${what}: context ${context}은 없습니다.`,
        `${what}: there is no context ${context}.`,
      )
      return false
    }
    if (standsIn(quote, source.text)) return true
    this.#breach(
      `${what}: "${excerpt(quote)}"은 context ${context}에 그대로 있지 않습니다.`,
      `${what}: "${excerpt(quote)}" does not stand in context ${context} word for word.`,
    )
    return false
  }

  #breach(ko: string, en: string): void {
    this.#breaches.push({ ko, en })
  }

  #doubt(ko: string, en: string): void {
    this.#doubts.push({ ko, en })
  }
}
