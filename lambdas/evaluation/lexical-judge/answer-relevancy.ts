import { defineMetric, unscored } from '../metrics/metric.ts'
import { splitSentences } from './sentences.ts'
import { coverage, plainText, trigramsOf } from './trigrams.ts'

/** A question and its answer. */
export interface AnsweredQuestion {
  readonly question?: string | undefined
  readonly answer?: string | undefined
}

/** Says that it does not know. */
const noncommittal =
  /모르겠|알 수 없|(?:확인|답변|파악)(?:할|하기|이)? ?(?:수 없|어렵|어려|불가)|찾을 수 없|찾지 못|정보가 (?:없|부족)|\b(?:i|we) (?:do not|don t|cannot|can t|am not able to|are not able to) (?:know|say|tell|answer|find|determine)|\bi m not sure|\bno information\b|\bunable to (?:answer|find|determine)\b/u

/** Words that ask, and words without content. */
const asking =
  /^(?:무엇|뭐|무슨|언제|어디|누구|누가|왜|어떻게|어떤|얼마|몇|어느|알려|주세요|설명|해|좀|및|그리고|what|when|where|who|whom|whose|why|how|which|much|many|is|are|was|were|do|does|did|can|could|will|would|should|may|the|a|an|of|to|in|on|for|at|by|with|and|or|it|its|be|there|this|that|i|my|me|you|your|we|our|please|tell|explain)$|^(?:무엇|언제|어디|누구|얼마|어떻게)|(?:인가요|나요|까요|습니까|입니까|되나요|일까요|주세요)$/u

/** Share of what the question speaks of that the answer speaks of. */
export const lexicalAnswerRelevancy = defineMetric<AnsweredQuestion>(
  {
    name: 'answer_relevancy',
    version: 'lexical-1',
    per: 'row',
    better: 'higher',
    definition:
      "Share of the character trigrams of the question's content words that the answer has too; 0 for an answer that only says it does not know. " +
      'It tells an answer on another subject, not a bad answer on the right one; an answer that repeats the question has 1.',
    source: 'our own, deterministic; not the RAGAS definition, which needs an embedding model',
  },
  ({ question, answer }) => {
    if (question === undefined || question.trim() === '') return unscored('There is no question.')
    if (answer === undefined || answer.trim() === '') return unscored('There is no answer.')
    const words = plainText(question)
      .split(' ')
      .filter((word) => !asking.test(word))
    if (words.join('') === '') return unscored('The question has no words but those that ask.')
    if (splitSentences(answer).every((sentence) => isNoncommittal(sentence))) {
      return { score: 0, rationale: 'The answer says that it does not know.', parts: { words } }
    }
    const score = coverage(trigramsOf(words.join(' ')), trigramsOf(answer))
    return {
      score,
      rationale: `The answer has ${Math.round(score * 100)} % of the question's trigrams.`,
      parts: { words },
    }
  },
)

/** Whether a sentence only says that the answer is not known: short, and without a number. */
export function isNoncommittal(sentence: string): boolean {
  const plain = plainText(sentence)
  return plain.length <= 80 && !/\d/u.test(plain) && noncommittal.test(plain)
}
