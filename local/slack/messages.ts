import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A message that was accepted. */
export interface Message {
  /** Counts from 1. */
  readonly id: number
  /** ISO 8601, UTC. */
  readonly at: string
  readonly text: string
  readonly blocks: readonly unknown[]
}

/** What was accepted, in order; kept in `messages.jsonl` when there is a directory to keep it in. */
export class Messages {
  readonly #messages: Message[] = []
  readonly #file: string | undefined

  /** @param directory where `messages.jsonl` is kept and read from; nothing is kept without it */
  constructor(directory?: string) {
    if (!directory) return
    mkdirSync(directory, { recursive: true })
    this.#file = join(directory, 'messages.jsonl')
    if (!existsSync(this.#file)) return
    for (const line of readFileSync(this.#file, 'utf8').split('\n')) {
      const message = parse(line)
      if (message) this.#messages.push(message)
    }
  }

  /** Keeps a message, on disk before it returns. */
  add(at: string, content: Pick<Message, 'text' | 'blocks'>): void {
    const id = (this.#messages.at(-1)?.id ?? 0) + 1
    const message = { id, at, ...content }
    if (this.#file) appendFileSync(this.#file, `${JSON.stringify(message)}\n`)
    this.#messages.push(message)
  }

  /** Messages at or after a moment, in epoch milliseconds. */
  since(from: number): readonly Message[] {
    return this.#messages.filter(({ at }) => Date.parse(at) >= from)
  }
}

/** A line that a crash cut short is left out. */
function parse(line: string): Message | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as Message)
  } catch {
    return undefined
  }
}
