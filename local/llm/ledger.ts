import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One answered call, with the tokens that its answer reported. */
export interface Call {
  /** Id of the answer (`x-request-id`; for chat also the `id` of the body). */
  readonly id: string
  /** ISO 8601, UTC. */
  readonly at: string
  readonly endpoint: 'chat' | 'embeddings'
  /** Name that the client asked for. */
  readonly model: string
  /** Dated name that the answer carries. */
  readonly snapshot: string
  /** All input tokens, cached ones included. */
  readonly inputTokens: number
  readonly cachedInputTokens: number
  /** All output tokens, reasoning included. */
  readonly outputTokens: number
  readonly reasoningTokens: number
}

/** What was answered, in order; kept in `calls.jsonl` when there is a directory to keep it in. */
export class Ledger {
  readonly #calls: Call[] = []
  readonly #file: string | undefined

  /** @param directory where `calls.jsonl` is kept and read from; nothing is kept without it */
  constructor(directory?: string) {
    if (!directory) return
    mkdirSync(directory, { recursive: true })
    this.#file = join(directory, 'calls.jsonl')
    if (!existsSync(this.#file)) return
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) {
      const call = parse(line)
      if (call) this.#calls.push(call)
    }
  }

  /** Records a call, on disk before it returns: an answered call is never missing. */
  record(call: Call): void {
    if (this.#file) appendFileSync(this.#file, `${JSON.stringify(call)}\n`)
    this.#calls.push(call)
  }

  /** Calls at or after `from` and before `to`, in epoch milliseconds. */
  between(from: number, to = Number.POSITIVE_INFINITY): readonly Call[] {
    return this.#calls.filter((call) => {
      const at = Date.parse(call.at)
      return at >= from && at < to
    })
  }
}

/** A line that a crash cut short is left out. */
function parse(line: string): Call | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Call)
  } catch {
    return undefined
  }
}
