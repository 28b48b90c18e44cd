import type { JudgedClaim } from '../../metrics/claims.ts'
import { claimsPrompt } from '../prompts/claims.ts'
import { type JudgeTask, makeTask } from '../task.ts'
import { type ClaimsAnswer, claimsAnswer } from './claims-answer.ts'
import { citedBy, type ClaimsQuestion, ClaimsReview } from './claims-review.ts'

/** Claims of an answer with what the contexts say of them: faithfulness, hallucinations and citations in one call. */
export function claimsTask(asked: ClaimsQuestion): JudgeTask<ClaimsAnswer, JudgedClaim[]> {
  return makeTask({
    name: 'claims',
    prompt: claimsPrompt,
    language: asked.language,
    data: {
      question: asked.question ?? null,
      contexts: asked.contexts,
      sentences: asked.sentences.map((each) => ({
        number: each.number,
        text: each.text,
        cites: citedBy(each),
      })),
    },
    schema: claimsAnswer,
    review: (answer) => new ClaimsReview(asked).of(answer),
  })
}
