import { callIdOf, type JudgeCall } from './judge-call.ts'
import type { ChatAnswer, JudgeModel, ModelUsage, Turn } from './model.ts'
import { callPatiently, type Pacing, type Patience } from './patience.ts'
import type { ProviderGate } from './provider-gate.ts'
import { describe, type Read, readAnswer } from './read-answer.ts'
import type { JudgeTask } from './task.ts'

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

/** An answer, and what it is worth. */
export interface Answered {
  readonly answered: ChatAnswer
  readonly read: Read
}

/** Makes calls and records each that was answered, with its number among those for one question. */
export class CallMeter {
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
