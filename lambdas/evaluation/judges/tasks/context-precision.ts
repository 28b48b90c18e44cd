import * as z from 'zod'
import type { ShownContext } from '../judged-text.ts'
import { contextPrecisionPrompt } from '../prompts/context-precision.ts'
import { languageOf, sharesWords, standsIn } from '../quotes.ts'
import type { Said } from '../said.ts'
import { excerpt, type JudgeTask, makeTask } from '../task.ts'

/** What a judge answers: for every context whether it was useful. */
const contextsAnswer = z.strictObject({
  contexts: z.array(
    z.strictObject({
      number: z.number().int(),
      reason: z.string(),
      quote: z.string().nullable(),
      useful: z.boolean(),
    }),
  ),
})

type ContextsAnswer = z.infer<typeof contextsAnswer>

/** Whether each context was useful, in their order. */
export function contextPrecisionTask(asked: {
  readonly language: 'ko' | 'en'
  readonly question: string
  readonly answer: string
  readonly contexts: readonly ShownContext[]
}): JudgeTask<ContextsAnswer, boolean[]> {
  const { language, question, answer, contexts } = asked
  return makeTask({
    name: 'context_precision',
    prompt: contextPrecisionPrompt,
    language,
    data: { question, answer, contexts },
    schema: contextsAnswer,
    review(given) {
      const breaches: Said[] = []
      const doubts: Said[] = []
      for (const { number } of given.contexts) {
        if (contexts.some((context) => context.number === number)) continue
        breaches.push({
          ko: `context ${number}은 없습니다.`,
          en: `There is no context ${number}.`,
        })
      }
      const verdict = contexts.map((context) => {
        const entries = given.contexts.filter(({ number }) => number === context.number)
        const [only] = entries
        if (only === undefined || entries.length > 1) {
          breaches.push({
            ko: `context ${context.number}에 대한 답이 하나여야 합니다.`,
            en: `Context ${context.number} needs exactly one entry.`,
          })
          return false
        }
        if (!only.useful) return false
        const quote = only.quote ?? ''
        if (!standsIn(quote, context.text)) {
          breaches.push({
            ko: `"${excerpt(quote)}"은 context ${context.number}에 그대로 있지 않습니다.`,
            en: `"${excerpt(quote)}" does not stand in context ${context.number} word for word.`,
          })
        }
        const isForeign = languageOf(quote) !== languageOf(answer)
        if (isForeign || sharesWords(quote, `${question}\n${answer}`)) return true
        doubts.push({
          ko: `context ${context.number}: 인용한 구절이 질문, 답변과 공통된 낱말이 없습니다.`,
          en: `context ${context.number}: its quote has no word in common with question and answer.`,
        })
        return false
      })
      return { breaches, doubts, verdict }
    },
  })
}
