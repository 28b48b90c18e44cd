import type { JudgeCall } from './judge-call.ts'
import type { Findings, JudgementStore, Question } from './judgement-store.ts'

/** One thing to be kept. */
type Finding =
  | { readonly kind: 'answer'; readonly question: Question; readonly answer: unknown }
  | { readonly kind: 'call'; readonly call: JudgeCall }
  | { readonly kind: 'release'; readonly key: string }

/** Findings of one statement; answers have at most 60 KB each and usually 2. */
const findingsPerStatement = 100
const charactersPerStatement = 500_000

/** Statements in a row that may fail before `flush` gives up. */
const attempts = 3

/** Keeps findings soon after they are made, several in a statement, while the rows go on. */
export class FindingsBuffer {
  readonly #store: JudgementStore
  readonly #sleep: (milliseconds: number) => Promise<void>
  #waiting: Finding[] = []
  #writing: Promise<void> | undefined

  constructor(store: JudgementStore, sleep: (milliseconds: number) => Promise<void>) {
    this.#store = store
    this.#sleep = sleep
  }

  /** Takes a finding; it is written in its own time. What could not be written is kept for `flush`. */
  add(finding: Finding): void {
    this.#waiting.push(finding)
    this.#start().catch(() => undefined)
  }

  /** Waits until all is written. @throws the database's error when it fails again and again */
  async flush(): Promise<void> {
    for (let attempt = 1; this.#waiting.length > 0; attempt++) {
      try {
        await this.#start()
      } catch (error) {
        if (attempt === attempts) throw error
        await this.#sleep(1_000 * attempt)
      }
    }
  }

  /** One statement after the other, whoever asks. */
  async #start(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #write(): Promise<void> {
    // All that is found at the same moment goes together.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const part = this.#nextPart()
      await this.#store.keep(toFindings(part))
      this.#waiting.splice(0, part.length)
    }
  }

  #nextPart(): Finding[] {
    let size = 0
    const part: Finding[] = []
    for (const finding of this.#waiting.slice(0, findingsPerStatement)) {
      size += JSON.stringify(finding).length
      if (part.length > 0 && size > charactersPerStatement) break
      part.push(finding)
    }
    return part
  }
}

function toFindings(part: readonly Finding[]): Findings {
  return {
    answers: part.filter((each) => each.kind === 'answer'),
    calls: part.filter((each) => each.kind === 'call').map(({ call }) => call),
    released: part.filter((each) => each.kind === 'release').map(({ key }) => key),
  }
}
