import type { Passage, Support } from '../metrics/claims.ts'
import { oppositionOf } from './polarity.ts'
import { type Quantity, quantitiesOf, sameQuantity } from './quantities.ts'
import { coverage, trigramsOf } from './trigrams.ts'

/**
 * Chosen on the even rows of KLUE-NLI, KorNLU and BEGIN (`bench/judges.ts` reports the odd ones): share of a claim's trigrams from which a passage supports it, and from which it speaks of the same at all.
 */
const thresholds = { supports: 0.6, speaksOf: 0.3 } as const

/** What a claim and the passage closest to it have to do with each other. */
export interface ClaimSupport {
  readonly support: Support
  /** 0 to 1: trigrams in common, less what speaks against it. Orders claims; no probability. */
  readonly strength: number
  readonly passage: Passage | null
  readonly rationale: string
}

/** The passages that a claim is held against, with what is compared. */
export interface PreparedPassage extends Passage {
  readonly sentences: readonly string[]
  readonly trigrams: ReadonlySet<string>
}

/** Passages of up to three sentences each, from every place of a context. */
export function preparePassages(
  contextId: string,
  sentences: readonly string[],
): PreparedPassage[] {
  return sentences.flatMap((_sentence, from) =>
    [1, 2, 3]
      .filter((length) => from + length <= sentences.length)
      .map((length) => {
        const own = sentences.slice(from, from + length)
        const text = own.join(' ')
        return { contextId, text, sentences: own, trigrams: trigramsOf(text) }
      }),
  )
}

/** Holds a claim against passages: the one with the most of its trigrams decides, the shorter one where two have as many. */
export function supportOf(claim: string, passages: readonly PreparedPassage[]): ClaimSupport {
  const trigrams = trigramsOf(claim)
  let best: PreparedPassage | null = null
  let most = 0
  for (const passage of passages) {
    const covered = coverage(trigrams, passage.trigrams)
    if (covered > most || (covered === most && best && passage.text.length < best.text.length)) {
      most = covered
      best = passage
    }
  }
  if (best === null) {
    return {
      support: 'not mentioned',
      strength: 0,
      passage: null,
      rationale: 'No context has any of it.',
    }
  }
  const passage = { contextId: best.contextId, text: best.text }
  const covers = `${Math.round(most * 100)} % of the claim's trigrams are in the passage.`
  if (most < thresholds.speaksOf) {
    return { support: 'not mentioned', strength: most / 2, passage: null, rationale: covers }
  }
  const missing = missingQuantities(claim, best.text)
  const against = missing.contradicted ?? oppositionOf(claim, closest(trigrams, best.sentences))
  if (against !== null) {
    return {
      support: 'contradicted',
      strength: most / 2,
      passage,
      rationale: `${covers} ${against}`,
    }
  }
  if (missing.absent !== null) {
    const rationale = `${covers} ${missing.absent}`
    return { support: 'not mentioned', strength: most / 2, passage: null, rationale }
  }
  return most >= thresholds.supports
    ? { support: 'supported', strength: most, passage, rationale: covers }
    : { support: 'not mentioned', strength: most, passage: null, rationale: covers }
}

function missingQuantities(
  claim: string,
  passage: string,
): { readonly contradicted: string | null; readonly absent: string | null } {
  const [claimed, given] = [quantitiesOf(claim), quantitiesOf(passage)]
  const missing = claimed.filter(
    (quantity) => !given.some((other) => sameQuantity(quantity, other)),
  )
  const free = given.filter((quantity) => !claimed.some((other) => sameQuantity(quantity, other)))
  for (const quantity of missing) {
    const instead = free.find((other) => other.unit === quantity.unit)
    if (instead) {
      return {
        contradicted: `The claim says ${show(quantity)}, the passage ${show(instead)}.`,
        absent: null,
      }
    }
  }
  const [first] = missing
  return { contradicted: null, absent: first ? `The passage does not say ${show(first)}.` : null }
}

function show({ written, unit }: Quantity): string {
  return unit === '' || unit === 'date' ? written.trim() : `${written.trim()} (${unit})`
}

/** A negation in the sentence next to the one that a claim repeats says nothing of the claim. */
function closest(claim: ReadonlySet<string>, sentences: readonly string[]): string {
  const covered = (sentence: string): number => coverage(claim, trigramsOf(sentence))
  return sentences.reduce((best, sentence) => (covered(sentence) > covered(best) ? sentence : best))
}
