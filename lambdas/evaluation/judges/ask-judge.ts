import type * as z from 'zod'
import { cleanText } from './data-block.ts'
import { callIdOf, type JudgeCall } from './judge-call.ts'
import type { Obtained } from './judgements.ts'
import {
  type ChatAnswer,
  type JudgeModel,
  ModelCallError,
  type ModelUsage,
  type Turn,
} from './model.ts'
import { callPatiently, type Pacing, type Patience } from './patience.ts'
import type { ProviderGate } from './provider-gate.ts'
import type { Said } from './said.ts'
import { type JudgeTask, repairMessage } from './task.ts'

/** What asking needs besides the question. */
export interface Asking {
  readonly model: JudgeModel
  readonly gate: ProviderGate
  readonly patience: Patience
  readonly pacing: Pacing
  readonly claimant: string
  readonly now: () => Date
  /** Takes every call that was answered. */
  readonly record: (call: JudgeCall) => void
}

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

/** An answer as read. With a value there is a verdict, if doubts are decided against the text that is judged. */
type Read =
  | { readonly value: unknown; readonly problems: readonly Said[] }
  | { readonly problems: readonly [Said, ...Said[]] }

interface Answered {
  readonly answered: ChatAnswer
  readonly read: Read
}

function readAnswer<Answer, Verdict>(task: JudgeTask<Answer, Verdict>, { text }: ChatAnswer): Read {
  let value: unknown
  try {
    value = JSON.parse(text, (_name, part: unknown) =>
      typeof part === 'string' ? cleanText(part) : part,
    )
  } catch {
    return { problems: [{ ko: 'JSON이 아닙니다.', en: 'It is no JSON.' }] }
  }
  const parsed = task.schema.safeParse(value)
  if (!parsed.success) return { problems: atLeastOne(parsed.error.issues.map(toProblem)) }
  const { breaches, doubts } = task.review(parsed.data)
  return breaches.length > 0
    ? { problems: atLeastOne([...breaches, ...doubts]) }
    : { value: parsed.data, problems: doubts }
}

function atLeastOne([first, ...others]: readonly Said[]): [Said, ...Said[]] {
  return [first ?? { ko: '형식이 다릅니다.', en: 'It has another shape.' }, ...others]
}

function toProblem({ path, message }: z.core.$ZodIssue): Said {
  const where = path.length === 0 ? 'JSON' : path.map(String).join('.')
  return { ko: `${where}: ${message}`, en: `${where}: ${message}` }
}

/** The first problems in a line. */
function describe(problems: readonly Said[]): string {
  return problems
    .slice(0, 3)
    .map(({ en }) => en)
    .join(' ')
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

/** Makes calls and records each that was answered, with its number among those for one question. */
class CallMeter {
  readonly #key: string
  readonly #promptVersion: string
  readonly #asking: Asking
  #calls = 0

  constructor(key: string, promptVersion: string, asking: Asking) {
    this.#key = key
    this.#promptVersion = promptVersion
    this.#asking = asking
  }

  async chat<Answer, Verdict>(
    task: JudgeTask<Answer, Verdict>,
    turns: readonly Turn[],
    deadline: number,
  ): Promise<Answered> {
    const { model } = this.#asking
    const { answered, recordWith } = await this.#call(
      'chat',
      model.model,
      deadline,
      async (signal) =>
        model.chat({
          system: task.system,
          turns,
          schemaName: `judge_${task.name}`,
          schema: task.schema,
          signal,
        }),
    )
    const read = readAnswer(task, answered)
    recordWith(describe(read.problems))
    return { answered, read }
  }

  async embed(texts: readonly string[], deadline: number): Promise<(readonly number[])[]> {
    const { model } = this.#asking
    const vectors: (readonly number[])[] = []
    for (let start = 0; start < texts.length; start += model.embeddedAtOnce) {
      const part = texts.slice(start, start + model.embeddedAtOnce)
      const { answered, recordWith } = await this.#call(
        'embeddings',
        model.embeddingModel,
        deadline,
        async (signal) => model.embed(part, signal),
      )
      recordWith('')
      vectors.push(...answered.vectors)
    }
    return vectors
  }

  async #call<Result extends { readonly usage: ModelUsage }>(
    operation: JudgeCall['operation'],
    model: string,
    deadline: number,
    call: (signal: AbortSignal) => Promise<Result>,
  ): Promise<{ readonly answered: Result; readonly recordWith: (fault: string) => void }> {
    const { gate, pacing, patience, now } = this.#asking
    let askedAt = 0
    let started = 0
    const answered = await callPatiently(
      async (signal) => {
        askedAt = now().getTime()
        started = pacing.clock()
        return call(signal)
      },
      patience,
      deadline,
      { ...pacing, onPause: (milliseconds) => gate.askedForRest(milliseconds) },
    )
    const milliseconds = Math.round(pacing.clock() - started)
    this.#calls += 1
    const callId = callIdOf(this.#asking.claimant, this.#promptVersion, this.#key, this.#calls)
    return {
      answered,
      recordWith: (fault) =>
        this.#asking.record({
          callId,
          judgementKey: this.#key,
          operation,
          promptVersion: this.#promptVersion,
          provider: this.#asking.model.provider,
          model,
          usage: answered.usage,
          askedAt,
          milliseconds,
          fault: fault.slice(0, 500),
        }),
    }
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
