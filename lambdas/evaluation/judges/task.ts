import type * as z from 'zod'
import { dataBlock } from './data-block.ts'
import type { Said } from './said.ts'

/** Texts of a prompt, by language. */
export interface Prompt {
  /** Rises with every change of a text: answers to another version are not taken for this one's. */
  readonly version: string
  readonly system: Said
  /** Stands after the data, so that the last word is ours. */
  readonly reminder: Said
}

/** What our code found out about an answer that has the right shape. */
export interface Review<Verdict> {
  /** Breaches of the protocol: with one of them there is no verdict. */
  readonly breaches: readonly Said[]
  /** What is not believed: asked about once, then decided against the text that is judged. */
  readonly doubts: readonly Said[]
  /** What follows from the answer; taken when there are no breaches. */
  readonly verdict: Verdict
}

/** A question to a judge. */
export interface JudgeTask<Answer, Verdict> {
  /** `claims`, `answer_relevancy`, `context_precision` or `criterion`. */
  readonly name: string
  readonly promptVersion: string
  readonly language: 'ko' | 'en'
  readonly system: string
  /** The user's message: the block of data and the reminder. */
  readonly message: string
  readonly schema: z.ZodType<Answer>
  readonly review: (answer: Answer) => Review<Verdict>
}

/** A task from its prompt and its data. */
export function makeTask<Answer, Verdict>(task: {
  readonly name: string
  readonly prompt: Prompt
  readonly language: 'ko' | 'en'
  readonly data: unknown
  /** Appended to the system prompt: what the configuration says. */
  readonly addition?: string
  readonly schema: z.ZodType<Answer>
  readonly review: (answer: Answer) => Review<Verdict>
}): JudgeTask<Answer, Verdict> {
  const { name, prompt, language, schema, review } = task
  const addition = task.addition === undefined ? '' : `\n\n${task.addition}`
  return {
    name,
    promptVersion: prompt.version,
    language,
    system: `${prompt.system[language]}${addition}`,
    message: `${dataBlock(task.data)}\n\n${prompt.reminder[language]}`,
    schema,
    review,
  }
}

/** Asks again for what did not fit. Quotes from the answer are short. */
export function repairMessage(problems: readonly Said[], language: 'ko' | 'en'): string {
  const list = problems.slice(0, 12).map((problem) => `- ${problem[language]}`)
  const more = problems.length - list.length
  if (more > 0) list.push(language === 'ko' ? `- 그 밖에 ${more}건` : `- and ${more} more`)
  const [before, after] =
    language === 'ko'
      ? [
          '앞의 응답은 다음과 같이 규약에 맞지 않습니다.',
          '같은 데이터에 대해 규약에 맞는 JSON 전체를 다시 답하십시오.',
        ]
      : [
          'Your answer does not keep to the protocol:',
          'Answer again for the same data, with the whole JSON as the protocol asks for it.',
        ]
  return `${before}\n${list.join('\n')}\n${after}`
}

/** The start of a text that a judge wrote, for a message. */
export function excerpt(text: string): string {
  const line = text.replaceAll(/\s+/gu, ' ').trim()
  return line.length > 80 ? `${line.slice(0, 80)}…` : line
}
