import { OpenAiError } from './problem.ts'

/** Kinds of answers that are no use: `garbage` is text that is no JSON, `wrong-schema` JSON of another shape, `page` a web page. */
const spoiled = ['garbage', 'wrong-schema', 'page'] as const

/** What the next call is to suffer: a status, no answer at all, a connection that breaks, or an answer that is no use. */
type Failure =
  | number
  | 'hang'
  | 'close'
  | Spoiled
  | { readonly status: number; readonly retryAfterSeconds: number }

/** An answer that is no use. */
export type Spoiled = (typeof spoiled)[number]

/** Whose calls failures fall on: a judge's, one endpoint's, or anybody's. */
const targets = ['judge', 'chat', 'embeddings', 'any'] as const
type Target = (typeof targets)[number]

/** A call, as far as failures can be ordered for it. */
export interface Struck {
  readonly endpoint: 'chat' | 'embeddings'
  /** It comes from a judge of evaluations. */
  readonly isJudge: boolean
}

/** Failures that tests order; each falls on one call, in order. */
export class Failures {
  readonly #next = new Map<Target, Failure[]>()

  /**
   * Replaces what is ordered for a target; throws a 400 when `body` is not like
   * `{"next": [429, {"status": 429, "retryAfterSeconds": 2}, "hang", "garbage"], "for": "judge"}`.
   */
  order(body: Readonly<Record<string, unknown>>): void {
    const { next, for: target = 'any' } = body
    if (!Array.isArray(next) || !next.every(isFailure) || !isTarget(target)) {
      throw new OpenAiError(
        400,
        'Expected {"next": [...], "for": "any"}: statuses from 400 to 599, {"status", "retryAfterSeconds"}, ' +
          `"hang", "close", "${spoiled.join('", "')}"; for one of ${targets.join(', ')}.`,
      )
    }
    this.#next.set(target, [...next])
  }

  /** What is ordered for anybody's calls, and for others', and has not happened yet. */
  get pending(): { readonly next: readonly Failure[] } & Readonly<
    Record<string, readonly unknown[]>
  > {
    const own = targets.filter((target) => target !== 'any')
    return {
      next: this.#next.get('any') ?? [],
      ...Object.fromEntries(own.map((target) => [target, this.#next.get(target) ?? []])),
    }
  }

  /** Takes the next failure of a call: throws it, or says what is to become of the call. */
  strike({ endpoint, isJudge }: Struck): 'hang' | 'close' | Spoiled | undefined {
    const queues = [isJudge ? 'judge' : undefined, endpoint, 'any'] as const
    const target = queues.find((each) => each !== undefined && this.#next.get(each)?.length)
    const failure = target === undefined ? undefined : this.#next.get(target)?.shift()
    if (failure === undefined || typeof failure === 'string') return failure
    const { status, retryAfterSeconds } =
      typeof failure === 'number' ? { status: failure, retryAfterSeconds: undefined } : failure
    throw new OpenAiError(status, `Failure ${status} that a test ordered.`, {
      type: status === 429 ? 'requests' : status >= 500 ? 'server_error' : 'invalid_request_error',
      ...(status === 429 && { code: 'rate_limit_exceeded' }),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    })
  }
}

function isTarget(value: unknown): value is Target {
  return targets.some((target) => target === value)
}

function isFailure(value: unknown): value is Failure {
  if (typeof value === 'object' && value !== null) {
    const { status, retryAfterSeconds } = value as Record<string, unknown>
    return isStatus(status) && Number(retryAfterSeconds) >= 0
  }
  return (
    value === 'hang' ||
    value === 'close' ||
    spoiled.some((each) => each === value) ||
    isStatus(value)
  )
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 400 && Number(value) < 600
}
