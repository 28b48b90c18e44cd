import pLimit from 'p-limit'
import { ModelCallError } from './model.ts'
import type { Pacing } from './patience.ts'

/** Answers in a row that did not come before the provider counts as away. */
const failuresUntilAway = 3

/** Milliseconds for which a provider that is away is not asked. */
const restWhenAway = 30_000

/**
 * What all calls to one provider pass: so many at the same time, none while it asked for rest, and none while it is
 * away. Without the last, each row of a batch would wait for a dead judge as long as the first one did.
 */
export class ProviderGate {
  readonly #limit: <Result>(work: () => Promise<Result>) => Promise<Result>
  readonly #pacing: Pacing
  #restsUntil = 0
  #failures = 0
  #awayUntil = 0
  #lastFailure = ''

  constructor(callsAtOnce: number, pacing: Pacing) {
    this.#limit = pLimit(callsAtOnce)
    this.#pacing = pacing
  }

  /** Does the work for one answer, retries included, when it is its turn. @throws ModelCallError at once while the provider is away */
  async pass<Result>(work: () => Promise<Result>): Promise<Result> {
    return this.#limit(async () => {
      await this.#rest()
      if (this.#pacing.clock() < this.#awayUntil) {
        throw new ModelCallError(`The judge is away. ${this.#lastFailure}`, { passing: true })
      }
      try {
        const result = await work()
        this.#failures = 0
        return result
      } catch (error) {
        if (error instanceof ModelCallError && error.passing) this.#countFailure(error)
        throw error
      }
    })
  }

  /** The provider asked for rest: other calls wait as well. */
  askedForRest(milliseconds: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, this.#pacing.clock() + milliseconds)
  }

  async #rest(): Promise<void> {
    const wait = this.#restsUntil - this.#pacing.clock()
    if (wait > 0) await this.#pacing.sleep(wait)
  }

  #countFailure({ message }: Error): void {
    this.#failures += 1
    this.#lastFailure = message
    // One more failure after the rest, and it rests again.
    if (this.#failures >= failuresUntilAway) {
      this.#awayUntil = this.#pacing.clock() + restWhenAway
    }
  }
}
