import { ModelCallError } from './model.ts'

/** How long a judge is waited for. */
export interface Patience {
  /** Milliseconds that one call may take. */
  readonly callLimit: number
  /** Calls for one answer, the first one included. */
  readonly attempts: number
  /** Milliseconds of the first pause; each next one is twice as long. */
  readonly firstPause: number
  /** Longest pause in milliseconds. A provider that asks for more is not waited for. */
  readonly longestPause: number
  /** Milliseconds that all attempts at one answer may take together. */
  readonly answerLimit: number
}

/** Four minutes for an answer leave a batch time for others before its function ends. */
export const usualPatience: Patience = {
  callLimit: 90_000,
  attempts: 5,
  firstPause: 500,
  longestPause: 60_000,
  answerLimit: 240_000,
}

/** Time and chance, so that tests have their own. */
export interface Pacing {
  /** Milliseconds; only differences count. */
  readonly clock: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
  /** 0 to 1. */
  readonly random: () => number
}

/**
 * Calls again while the error may pass: after as long as the provider asked for, or after a pause that doubles and of
 * which half is chance, so that calls that failed together do not come back together.
 * @param deadline on the clock, after which nothing is tried again
 * @throws ModelCallError the last one, with what was tried
 */
export async function callPatiently<Answer>(
  call: (signal: AbortSignal) => Promise<Answer>,
  patience: Patience,
  deadline: number,
  pacing: Pacing & { readonly onPause?: (milliseconds: number) => void },
): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const left = deadline - pacing.clock()
    const limit = Math.max(1, Math.min(patience.callLimit, left))
    try {
      return await call(AbortSignal.timeout(limit))
    } catch (error) {
      if (!(error instanceof ModelCallError) || !error.passing) throw error
      const doubled = patience.firstPause * 2 ** (attempt - 1)
      const pause =
        error.retryAfter ?? Math.min(doubled, patience.longestPause) * (0.5 + pacing.random() / 2)
      if (
        attempt === patience.attempts ||
        pause > patience.longestPause ||
        pacing.clock() + pause >= deadline
      ) {
        const times = attempt === 1 ? 'once' : `${attempt} times`
        const wish =
          pause > patience.longestPause ? ` It wants ${Math.ceil(pause / 1_000)} s of rest.` : ''
        throw new ModelCallError(
          `${error.message} It was asked ${times}.${wish}`,
          { passing: true, retryAfter: error.retryAfter },
          { cause: error },
        )
      }
      if (error.retryAfter !== undefined) pacing.onPause?.(pause)
      await pacing.sleep(pause)
    }
  }
}
