import { FindingsBuffer } from './findings-buffer.ts'
import { inBatches } from './in-batches.ts'
import type { JudgeCall } from './judge-call.ts'
import {
  type Claim,
  type JudgementStore,
  largestAnswer,
  type Question,
  sizeOfAnswer,
} from './judgement-store.ts'
import type { Pacing } from './patience.ts'

/** An answer as JSON, or why there is none. */
export type Obtained = { readonly answer: unknown } | { readonly failure: string }

/** How claims are held and waited for. */
export interface ClaimTimes {
  /** Seconds that a claim holds unless it is renewed; who dies is overtaken after them. */
  readonly lease: number
  /** Milliseconds between two looks at a question that somebody else is asking. */
  readonly poll: number
  /** Milliseconds for which somebody else is waited for. */
  readonly patience: number
}

const usualTimes: ClaimTimes = { lease: 60, poll: 1_000, patience: 300_000 }

/** Questions in one statement. */
const questionsPerStatement = 200

/**
 * Answers of a judge, each paid for once: what was answered before is taken from the store, what somebody else is
 * asking is waited for, and the rest is claimed before it is asked. Claims are made at once for all rows and renewed
 * while the questions wait for their turn.
 */
export class Judgements {
  readonly #store: JudgementStore
  readonly #pacing: Pacing
  readonly #times: ClaimTimes
  readonly #claim: (question: Question) => Promise<Claim>
  readonly #findings: FindingsBuffer
  /** Of this batch, failures too: the same question again would fail again. */
  readonly #obtained = new Map<string, Promise<Obtained>>()
  #held = 0
  #renewal: NodeJS.Timeout | undefined

  constructor(store: JudgementStore, pacing: Pacing, times: ClaimTimes = usualTimes) {
    this.#store = store
    this.#pacing = pacing
    this.#times = times
    this.#claim = inBatches(
      async (questions) => store.claim(questions, times.lease),
      questionsPerStatement,
    )
    this.#findings = new FindingsBuffer(store, pacing.sleep)
  }

  /** The answer to a question. @param ask asks the judge; never throws */
  async obtain(question: Question, ask: () => Promise<Obtained>): Promise<Obtained> {
    const before = this.#obtained.get(question.key)
    if (before !== undefined) return before
    const now = this.#lookUpOrAsk(question, ask)
    this.#obtained.set(question.key, now)
    return now
  }

  /** Keeps a call that has to be paid. */
  record(call: JudgeCall): void {
    this.#findings.add({ kind: 'call', call })
  }

  /** Waits until all is kept. @throws the database's error */
  async flush(): Promise<void> {
    await this.#findings.flush()
  }

  async #lookUpOrAsk(question: Question, ask: () => Promise<Obtained>): Promise<Obtained> {
    const started = this.#pacing.clock()
    for (;;) {
      let claim: Claim
      try {
        claim = await this.#claim(question)
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        return { failure: `It could not be looked up whether it was judged before: ${why}` }
      }
      if (claim.state === 'answered') return { answer: claim.answer }
      if (claim.state === 'claimed') return this.#askAndKeep(question, ask)
      if (claim.state === 'later') continue
      if (this.#pacing.clock() - started > this.#times.patience) {
        return { failure: 'Another evaluation has been asking the same for too long.' }
      }
      await this.#pacing.sleep(this.#times.poll)
    }
  }

  async #askAndKeep(question: Question, ask: () => Promise<Obtained>): Promise<Obtained> {
    this.#hold()
    try {
      const obtained = await ask()
      if ('failure' in obtained) {
        this.#findings.add({ kind: 'release', key: question.key })
        return obtained
      }
      const size = sizeOfAnswer(obtained.answer)
      if (size > largestAnswer) {
        this.#findings.add({ kind: 'release', key: question.key })
        return {
          failure: `The judge's answer has ${size} bytes; at most ${largestAnswer} can be kept, and an answer that is not kept would be paid for again.`,
        }
      }
      this.#findings.add({ kind: 'answer', question, answer: obtained.answer })
      return obtained
    } finally {
      this.#letGo()
    }
  }

  #hold(): void {
    this.#held += 1
    this.#renewal ??= setInterval(
      () => {
        // A claim that could not be renewed may be taken over: the answer is then paid for twice, but not wrong.
        this.#store.renew(this.#times.lease).catch(() => undefined)
      },
      (this.#times.lease * 1_000) / 3,
    ).unref()
  }

  #letGo(): void {
    this.#held -= 1
    if (this.#held > 0) return
    clearInterval(this.#renewal)
    this.#renewal = undefined
  }
}
