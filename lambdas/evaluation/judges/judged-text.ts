import { contextsCited, takeCitations, type Context } from '../lexical-judge/citations.ts'
import { splitSentences } from '../lexical-judge/sentences.ts'
import { answerOf } from '../scoring/row-content.ts'
import type { AnsweredRow } from '../row.ts'
import { addressesJudge, addressingPieces, siftText } from './addressed-to-judge.ts'
import { cleanText } from './data-block.ts'
import { languageOf } from './quotes.ts'

/** What of a row a judge looks at, as it was answered. */
export interface JudgedText {
  readonly question: string | undefined
  readonly answer: string | undefined
  /** Absent when it is not known what was retrieved. */
  readonly contexts: readonly Context[] | undefined
  /** Of the answer, or else of the question; prompts are in it. */
  readonly language: 'ko' | 'en'
}

/** The texts of a row; one that is empty is absent. */
export function judgedText(row: AnsweredRow): JudgedText {
  const { question } = row.inputs
  const asked = typeof question === 'string' ? present(question) : undefined
  const answered = present(answerOf(row))
  return {
    question: asked,
    answer: answered,
    contexts: row.contexts?.map(({ id, text }) => ({ id, text: cleanText(text) })),
    language: languageOf(answered ?? asked ?? ''),
  }
}

function present(text: string | undefined): string | undefined {
  const cleaned = text === undefined ? '' : cleanText(text)
  return cleaned.trim() === '' ? undefined : cleaned
}

/** A sentence of an answer under the number that our code gave it. */
export interface NumberedSentence {
  /** From 1. */
  readonly number: number
  /** As it stands in the answer, citations included. */
  readonly written: string
  /** Without its citations. */
  readonly text: string
  readonly citations: readonly CitedContexts[]
  /** It speaks to the judge: no LLM sees it. */
  readonly addressesJudge: boolean
}

/** A citation, and the numbers (from 1) of the contexts that it means; none where no context is that clause. */
interface CitedContexts {
  readonly cited: string
  readonly contexts: readonly number[]
}

/** The sentences of an answer. A citation that stands alone belongs to the sentence before it. */
export function numberSentences(
  answer: string,
  contexts: readonly Context[],
): readonly NumberedSentence[] {
  const found: { written: string; text: string; cited: string[] }[] = []
  for (const written of splitSentences(answer)) {
    const { text, cited } = takeCitations(written, contexts)
    const before = found.at(-1)
    // What speaks to the judge is no citation either.
    if (/[\p{L}\p{N}]/u.test(text) || before === undefined || addressesJudge(written)) {
      found.push({ written, text, cited: [...cited] })
    } else before.cited.push(...cited)
  }
  const addressing = addressingPieces(found.map(({ written }) => written))
  return found.map(({ written, text, cited }, index) => ({
    number: index + 1,
    written,
    text,
    citations: cited.map((citation) => ({
      cited: citation,
      contexts: contextsCited(citation, contexts).map((context) => contexts.indexOf(context) + 1),
    })),
    addressesJudge: addressing.has(index) || addressesJudge(text),
  }))
}

/** A context as a judge sees it. */
export interface ShownContext {
  /** From 1, in the order of retrieval. */
  readonly number: number
  readonly id: string
  readonly text: string
}

/** Contexts without what addresses the judge. */
export function showContexts(contexts: readonly Context[]): {
  readonly shown: readonly ShownContext[]
  readonly withheld: number
} {
  const sifted = contexts.map(({ text }) => siftText(text))
  return {
    shown: contexts.map(({ id }, index) => ({
      number: index + 1,
      id: addressesJudge(id) ? '' : cleanText(id),
      text: sifted[index]?.text ?? '',
    })),
    withheld: sifted.reduce((sum, { withheld }) => sum + withheld, 0),
  }
}
