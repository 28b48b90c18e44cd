import * as z from 'zod'
import { splitSentences } from '../../lexical-judge/sentences.ts'
import { plainText } from '../../lexical-judge/trigrams.ts'
import { addressingPieces } from '../addressed-to-judge.ts'
import { answerRelevancyPrompt } from '../prompts/answer-relevancy.ts'
import type { Said } from '../said.ts'
import { excerpt, type JudgeTask, makeTask } from '../task.ts'

/** Questions that a judge writes for an answer, as RAGAS does. */
const questionsPerAnswer = 3

/** Characters that a question may have. */
const longestQuestion = 500

/** What a judge answers. */
const relevancyAnswer = z.strictObject({
  questions: z.array(z.strictObject({ question: z.string(), noncommittal: z.boolean() })),
})

type RelevancyAnswer = z.infer<typeof relevancyAnswer>

/** A question that the answer would answer. */
export interface GeneratedQuestion {
  readonly question: string
  readonly noncommittal: boolean
  /** It stands in the answer: copied, not concluded, so that it says nothing. */
  readonly copied: boolean
}

/** The answer as the judge sees it: without sentences that speak to it, and without questions that it could copy. */
export function answerToQuestion(answer: string): string {
  const sentences = splitSentences(answer)
  const addressing = addressingPieces(sentences)
  const kept = sentences.filter((_sentence, index) => !addressing.has(index))
  const told = kept.filter((sentence) => !/[?？]["'”’)\]]*$/u.test(sentence))
  return (told.length > 0 ? told : kept).join('\n')
}

/** The questions that an answer would answer. The one that was asked is not shown. */
export function relevancyTask(
  shown: string,
  language: 'ko' | 'en',
): JudgeTask<RelevancyAnswer, GeneratedQuestion[]> {
  const plain = plainText(shown)
  return makeTask({
    name: 'answer_relevancy',
    prompt: answerRelevancyPrompt,
    language,
    data: { answer: shown },
    schema: relevancyAnswer,
    review({ questions }) {
      const breaches: Said[] = []
      if (questions.length !== questionsPerAnswer) {
        breaches.push({
          ko: `질문은 ${questionsPerAnswer}개여야 하는데 ${questions.length}개입니다.`,
          en: `There must be ${questionsPerAnswer} questions; there are ${questions.length}.`,
        })
      }
      for (const { question } of questions) {
        if (plainText(question) !== '' && question.length <= longestQuestion) continue
        breaches.push({
          ko: `"${excerpt(question)}": 1자 이상 ${longestQuestion}자 이하의 질문이어야 합니다.`,
          en: `"${excerpt(question)}": a question has 1 to ${longestQuestion} characters.`,
        })
      }
      const verdict = questions.map(({ question, noncommittal }) => ({
        question,
        noncommittal,
        copied: plain.includes(plainText(question)),
      }))
      const doubts = verdict
        .filter(({ copied }) => copied)
        .map(({ question }) => ({
          ko: `"${excerpt(question)}": 답변에서 그대로 베꼈습니다.`,
          en: `"${excerpt(question)}": it is copied from the answer.`,
        }))
      return { breaches, doubts, verdict }
    },
  })
}
