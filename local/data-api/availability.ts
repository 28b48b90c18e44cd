import { DataApiError } from './errors.ts'

/** What the database plays: as it is, asleep until somebody calls, or out of reach. */
export type AvailabilityState =
  | { readonly state: 'available' }
  | { readonly state: 'paused'; readonly resumeSeconds: number }
  | { readonly state: 'unavailable' }

/** Plays a database that pauses and wakes; the clock is given so that tests need not wait. */
export class Availability {
  #state: AvailabilityState = { state: 'available' }
  #awakeAt: number | undefined
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /** Sets the state from the body of a request; throws `ValidationException` for any other shape. */
  set(body: unknown): void {
    const { state, resumeSeconds } = (body ?? {}) as { state?: unknown; resumeSeconds?: unknown }
    if (state === 'available' || state === 'unavailable') {
      this.#state = { state }
    } else if (
      state === 'paused' &&
      typeof resumeSeconds === 'number' &&
      resumeSeconds >= 0 &&
      resumeSeconds <= 3600
    ) {
      this.#state = { state, resumeSeconds }
    } else {
      throw new DataApiError(
        'ValidationException',
        'The state is one of {"state":"available"}, {"state":"unavailable"} and ' +
          '{"state":"paused","resumeSeconds":N} with N from 0 to 3600.',
      )
    }
    this.#awakeAt = undefined
  }

  /** The state now; `resumesInSeconds` is there while the database wakes. */
  get(): AvailabilityState & { readonly resumesInSeconds?: number } {
    this.#wake()
    return this.#awakeAt === undefined
      ? this.#state
      : { ...this.#state, resumesInSeconds: (this.#awakeAt - this.#now()) / 1000 }
  }

  /** Called for each request; throws what AWS answers when the database is not there. */
  check(resourceArn: string | undefined): void {
    this.#wake()
    if (this.#state.state === 'unavailable') {
      throw new DataApiError(
        'DatabaseUnavailableException',
        "The writer instance in the DB cluster isn't available.",
      )
    }
    if (this.#state.state === 'paused') {
      this.#awakeAt ??= this.#now() + this.#state.resumeSeconds * 1000
      const instance = resourceArn?.split(':').at(-1) || 'cluster'
      throw new DataApiError(
        'DatabaseResumingException',
        `The Aurora DB instance ${instance} is resuming after being auto-paused. ` +
          'Please wait a few seconds and try again.',
      )
    }
  }

  #wake(): void {
    if (this.#awakeAt !== undefined && this.#now() >= this.#awakeAt) {
      this.#state = { state: 'available' }
      this.#awakeAt = undefined
    }
  }
}
