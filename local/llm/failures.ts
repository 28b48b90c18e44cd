import { OpenAiError } from './problem.ts'

/** What the next call to a model is to suffer: an HTTP status, or no answer at all. */
export type Failure = number | 'hang'

/** Failures that tests order; each falls on one call, in order. */
export class Failures {
  #next: Failure[] = []

  /** Replaces what is ordered; throws a 400 when `body` is not `{"next": [429, 500, "hang"]}`. */
  order(body: Readonly<Record<string, unknown>>): void {
    const { next } = body
    if (!Array.isArray(next) || !next.every(isFailure)) {
      throw new OpenAiError(400, 'Expected {"next": [...]} of statuses from 400 to 599 and "hang".')
    }
    this.#next = [...next]
  }

  /** What is ordered and has not happened yet. */
  get pending(): readonly Failure[] {
    return this.#next
  }

  /** Takes the next failure: throws it, or says that the call is to hang. */
  strike(): 'hang' | undefined {
    const failure = this.#next.shift()
    if (failure === undefined || failure === 'hang') return failure
    throw new OpenAiError(failure, `Failure ${failure} that a test ordered.`, {
      type:
        failure === 429 ? 'requests' : failure >= 500 ? 'server_error' : 'invalid_request_error',
      ...(failure === 429 && { code: 'rate_limit_exceeded' }),
    })
  }
}

function isFailure(value: unknown): value is Failure {
  return (
    value === 'hang' || (Number.isInteger(value) && Number(value) >= 400 && Number(value) < 600)
  )
}
