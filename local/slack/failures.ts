/** What the next message is to suffer: an HTTP status, or no answer at all. Spelled as for the LLM stand-in. */
type Failure = number | 'hang' | { readonly status: number; readonly retryAfterSeconds: number }

const isStatus = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 400 && Number(value) < 600

const isFailure = (value: unknown): value is Failure => {
  if (value === 'hang' || isStatus(value)) return true
  if (typeof value !== 'object' || value === null) return false
  const { status, retryAfterSeconds } = value as Record<string, unknown>
  return isStatus(status) && typeof retryAfterSeconds === 'number' && retryAfterSeconds >= 0
}

/** Failures that tests order; each falls on one message, in order. */
export class Failures {
  #next: Failure[] = []

  /** Replaces what is ordered; false when it is not like `{"next": [429, {"status": 429, "retryAfterSeconds": 2}, "hang"]}`. */
  order({ next }: Readonly<Record<string, unknown>>): boolean {
    if (!Array.isArray(next) || !next.every(isFailure)) return false
    this.#next = [...next]
    return true
  }

  /** What is ordered and has not happened yet. */
  get pending(): readonly Failure[] {
    return this.#next
  }

  /** Takes the next failure. A 429 asks for a second's pause unless it says otherwise. */
  strike(): 'hang' | { readonly status: number; readonly retryAfterSeconds: number } | undefined {
    const failure = this.#next.shift()
    return typeof failure === 'number' ? { status: failure, retryAfterSeconds: 1 } : failure
  }
}
