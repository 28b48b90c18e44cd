import type { Obtained } from './judgements.ts'
import { type Answered, type Asking, CallMeter } from './call-meter.ts'
import { ModelCallError, type Turn } from './model.ts'
import { describe } from './read-answer.ts'
import { type JudgeTask, repairMessage } from './task.ts'

/** Characters of an answer that did not fit which are shown again. */
const shownAgain = 20_000

/**
 * Asks a judge and holds the answer against the protocol. What does not fit is asked about once, and says what was
 * wrong; then there is no answer. Never throws.
 */
export async function askJudge<Answer, Verdict>(
  task: JudgeTask<Answer, Verdict>,
  key: string,
  asking: Asking,
): Promise<Obtained> {
  const meter = new CallMeter(key, `${task.name}:${task.promptVersion}`, asking)
  try {
    return await asking.gate.pass(async () => {
      const deadline = asking.pacing.clock() + asking.patience.answerLimit
      const first: Turn = { role: 'user', text: task.message }
      const { read, answered } = await meter.chat(task, [first], deadline)
      if ('value' in read && read.problems.length === 0) return { answer: read.value }
      if (answered.cut) {
        return { failure: "The judge's answer is longer than its model may answer." }
      }
      const again = await repair(task, first, { read, answered }, meter, deadline)
      if ('value' in again) return { answer: again.value }
      // The first answer was sound but for what is not believed.
      return 'value' in read ? { answer: read.value } : again
    })
  } catch (error) {
    return { failure: explain(error) }
  }
}

/**
 * Likeness of a question to others, as cosines of their vectors in the order of the others. Never throws.
 */
export async function askSimilarity(
  question: string,
  others: readonly string[],
  key: string,
  asking: Asking,
): Promise<Obtained> {
  const meter = new CallMeter(key, 'similarity:1', asking)
  try {
    const vectors = await asking.gate.pass(async () => {
      const deadline = asking.pacing.clock() + asking.patience.answerLimit
      return meter.embed([question, ...others], deadline)
    })
    const [asked, ...rest] = vectors
    if (asked === undefined || rest.length !== others.length) {
      return { failure: 'The embedding model gave another number of vectors than of texts.' }
    }
    const similarities = rest.map((vector) => cosine(asked, vector))
    return similarities.every(Number.isFinite)
      ? { answer: { similarities } }
      : { failure: 'The embedding model gave vectors that cannot be compared.' }
  } catch (error) {
    return { failure: explain(error) }
  }
}

/** Asks once more, and says what was wrong. */
async function repair<Answer, Verdict>(
  task: JudgeTask<Answer, Verdict>,
  first: Turn,
  before: Answered,
  meter: CallMeter,
  deadline: number,
): Promise<{ readonly value: unknown } | { readonly failure: string }> {
  const { problems } = before.read
  const conversation: Turn[] = [
    first,
    // A model is not asked to go on from nothing.
    { role: 'assistant', text: before.answered.text.slice(0, shownAgain) || '{}' },
    { role: 'user', text: repairMessage(problems, task.language) },
  ]
  const what = `The judge's answer did not keep to the protocol (${describe(problems)})`
  try {
    const { read } = await meter.chat(task, conversation, deadline)
    if ('value' in read) return read
    return { failure: `${what}, and not when it was asked again (${describe(read.problems)}).` }
  } catch (error) {
    return { failure: `${what}, and asking again failed. ${explain(error)}` }
  }
}

function explain(error: unknown): string {
  if (error instanceof ModelCallError) return `The judge could not be asked. ${error.message}`
  return `The judge could not be asked: ${error instanceof Error ? error.message : String(error)}`
}

function cosine(one: readonly number[], other: readonly number[]): number {
  if (one.length !== other.length) return Number.NaN
  const product = one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
  return product / (Math.hypot(...one) * Math.hypot(...other))
}
