import * as z from 'zod'
import type { Criterion } from '../../../domain/benchmark.ts'
import type { ShownContext } from '../judged-text.ts'
import { criterionPrompt } from '../prompts/criterion.ts'
import { type JudgeTask, makeTask } from '../task.ts'

/** What a judge answers; the reason first, so that the verdict follows from it. */
const criterionAnswer = z.strictObject({
  reason: z.string(),
  answer: z.enum(['yes', 'no']),
})

type CriterionAnswer = z.infer<typeof criterionAnswer>

/** A criterion's question about one answer. */
export function criterionTask(
  criterion: Criterion,
  data: {
    readonly question: string | undefined
    readonly answer: string
    readonly contexts: readonly ShownContext[] | undefined
  },
): JudgeTask<CriterionAnswer, CriterionAnswer> {
  const heading = criterion.language === 'ko' ? '기준' : 'Criterion'
  return makeTask({
    name: 'criterion',
    prompt: criterionPrompt,
    language: criterion.language,
    data: {
      question: data.question ?? null,
      answer: data.answer,
      contexts: data.contexts ?? null,
    },
    addition: `${heading}: ${criterion.question}`,
    schema: criterionAnswer,
    review: (verdict) => ({ breaches: [], doubts: [], verdict }),
  })
}
