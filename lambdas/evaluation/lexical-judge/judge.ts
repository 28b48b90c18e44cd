import { lexicalJudgeName } from '../../domain/lexical-judge.ts'
import {
  type Citation,
  citationAccuracy,
  faithfulness,
  hallucinationRate,
  type JudgedAnswer,
  type JudgedClaim,
} from '../metrics/claims.ts'
import type { Score } from '../metrics/metric.ts'
import { isNoncommittal, lexicalAnswerRelevancy } from './answer-relevancy.ts'
import { type Context, contextsCited, takeCitations } from './citations.ts'
import { splitSentences } from './sentences.ts'
import { type PreparedPassage, preparePassages, supportOf } from './support.ts'

/** An answer with what it was given. */
export interface AnswerRow {
  readonly question?: string | undefined
  readonly answer?: string | undefined
  /** What was retrieved for it; absent when that is not known. */
  readonly contexts?: readonly Context[] | undefined
}

/** Claims and what the contexts say of them, with the scores that follow. */
export interface LexicalJudgement extends JudgedAnswer {
  readonly scores: readonly Score[]
}

/** Thanks, greetings and offers of help: no claims. */
const courtesy =
  /^(?:안녕하세요|안녕하십니까|감사합니다|고맙습니다|네|예|thanks?|thank you|hello|hi|sure|of course|certainly|you re welcome)$|도움이 되(?:셨|었|길)|문의해? ?주|hope this helps|let me know if/u

/**
 * Judges an answer by its words alone, the same on every run. Each sentence is a claim, but for questions, courtesies
 * and those that say that the answer is not known. Text is only ever compared, never followed: an instruction to the
 * judge is one more claim that no context supports.
 */
export function judgeAnswer(row: AnswerRow): LexicalJudgement {
  const claims = claimsOf(row)
  const judged = { judge: lexicalJudgeName, claims }
  return {
    ...judged,
    scores: [
      faithfulness.score(judged),
      hallucinationRate.score(judged),
      citationAccuracy.score(judged),
      lexicalAnswerRelevancy.score(row),
    ],
  }
}

function claimsOf({ answer, contexts }: AnswerRow): JudgedClaim[] | null {
  if (answer === undefined || contexts === undefined) return null
  const passages = new Map(
    contexts.map((context): [Context, PreparedPassage[]] => [
      context,
      preparePassages(context.id, splitSentences(context.text)),
    ]),
  )
  const all = [...passages.values()].flat()
  return citingSentences(answer, contexts).map(({ text, cited }) => {
    const { support, passage, rationale } = supportOf(text, all)
    const citations = cited.map((citation): Citation => {
      const meant = contextsCited(citation, contexts)
      if (meant.length === 0) return { cited: citation, verdict: 'unknown clause' }
      const own = supportOf(
        text,
        meant.flatMap((context) => passages.get(context) ?? []),
      )
      const right = own.support === 'supported'
      return { cited: citation, verdict: right ? 'right' : 'does not support the claim' }
    })
    return { claim: text, support, passage, rationale, citations }
  })
}

/** Claims without their citations; one that stands alone belongs to the claim before it. */
function citingSentences(
  answer: string,
  contexts: readonly Context[],
): { text: string; cited: string[] }[] {
  const claims: { text: string; cited: string[] }[] = []
  for (const sentence of splitSentences(answer)) {
    const { text, cited } = takeCitations(sentence, contexts)
    if (/[\p{L}\p{N}]/u.test(text)) {
      if (cited.length > 0 || isClaim(text)) claims.push({ text, cited: [...cited] })
    } else claims.at(-1)?.cited.push(...cited)
  }
  return claims
}

function isClaim(sentence: string): boolean {
  if (/\d/u.test(sentence)) return true
  const plain = sentence
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s]+/gu, ' ')
    .replaceAll(/\s+/gu, ' ')
    .trim()
  return (
    !/[?？]["'”’)\]]*$/u.test(sentence) &&
    !isNoncommittal(sentence) &&
    !(plain.length <= 60 && courtesy.test(plain))
  )
}
