/** What the next message is to suffer: an HTTP status, or no answer at all. */
type Failure = number | 'hang'

const isFailure = (value: unknown): value is Failure =>
  value === 'hang' || (Number.isInteger(value) && Number(value) >= 400 && Number(value) < 600)

/** Failures that tests order; each falls on one message, in order. */
export class Failures {
  #next: Failure[] = []
  #retryAfterSeconds = 1

  /** Replaces what is ordered; false when it is not `{"next": [429, 500, "hang"], "retryAfterSeconds"?: 1}`. */
  order(body: Readonly<Record<string, unknown>>): boolean {
    const { next, retryAfterSeconds = 1 } = body
    if (!Array.isArray(next) || !next.every(isFailure)) return false
    if (typeof retryAfterSeconds !== 'number' || !(retryAfterSeconds >= 0)) return false
    this.#next = [...next]
    this.#retryAfterSeconds = retryAfterSeconds
    return true
  }

  /** What is ordered and has not happened yet. */
  get pending(): readonly Failure[] {
    return this.#next
  }

  /** What a 429 says. */
  get retryAfterSeconds(): number {
    return this.#retryAfterSeconds
  }

  /** Takes the next failure. */
  strike(): Failure | undefined {
    return this.#next.shift()
  }
}
