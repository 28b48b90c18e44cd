import type { AnsweredRow, DatasetRow } from '../row.ts'
import { type Attempt, attempt, type AttemptSetting } from './attempt.ts'
import { requestBody } from './endpoint-protocol.ts'

/** How an application is called. */
export interface EndpointSetting extends AttemptSetting {
  readonly evaluationId: string
  /** Waits; returns early when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** 0 to 1, so that calls which failed together do not come back together. */
  readonly random: () => number
  /** Aborts when no further request should be sent. Requests under way are finished. */
  readonly stop: AbortSignal
}

/** The application under evaluation. */
export interface Endpoint {
  /** The row with its answer, or with the reason why there is none. `null` when it was stopped before it was known. */
  ask(row: DatasetRow): Promise<AnsweredRow | null>
}

/** Requests for one row, but for those that were answered with 429. */
const attemptsPerRow = 4
const firstPause = 500
const longestPause = 20_000
/** What an application may ask a caller to wait at a time, and how long a row waits for one that is busy. */
const longestRetryAfter = 60_000
const patience = 120_000

/** Rows that failed in a row for want of an answer, after which a row gets one attempt, and none any more. */
const onceAfter = 5
const neverAfter = 10

/** Calls an application row by row; calls share what is known of its state. */
export function openEndpoint(setting: EndpointSetting): Endpoint {
  const { clock, sleep, random, stop } = setting
  let quietUntil = 0
  let failedInARow = 0
  let lastReason = ''

  /** Waits as long as the application asked callers to. */
  async function keepQuiet(): Promise<void> {
    while (!stop.aborted && clock() < quietUntil) await sleep(quietUntil - clock(), stop)
  }

  async function patiently(body: string): Promise<Attempt | null> {
    let failures = 0
    let waited = 0
    for (let tries = 0; ; tries++) {
      await keepQuiet()
      if (stop.aborted) return null
      const found = await attempt(body, setting)
      if (found.kind !== 'away') return found
      if (!found.busy) failures += 1
      const backoff = Math.min(firstPause * 2 ** tries, longestPause) * (0.5 + random())
      const pause = Math.max(backoff, found.retryAfter ?? 0)
      if (pause > longestRetryAfter) {
        return {
          ...found,
          reason: `${found.reason} It asks to wait ${Math.ceil(pause / 1_000)} s.`,
        }
      }
      waited += pause
      if (failedInARow >= onceAfter || failures === attemptsPerRow || waited > patience)
        return found
      if (found.retryAfter !== null) quietUntil = Math.max(quietUntil, clock() + found.retryAfter)
      await sleep(pause, stop)
    }
  }

  return {
    async ask(row) {
      if (stop.aborted) return null
      if (failedInARow >= neverAfter) {
        const reason = `Not asked, as ${neverAfter} rows before it had no answer; the last one: ${lastReason}`
        return failed(row, reason)
      }
      const found = await patiently(requestBody(row, setting.subject, setting.evaluationId))
      if (found === null) return null
      if (found.kind === 'away') {
        failedInARow += 1
        lastReason = found.reason
        return failed(row, found.reason)
      }
      failedInARow = 0
      if (found.kind === 'refused') return failed(row, found.reason)
      const { outputs, contexts, traceId } = found.answer
      return {
        ...labelsOf(row),
        outputs,
        contexts: contexts ?? undefined,
        traceId: traceId ?? null,
        milliseconds: found.milliseconds,
        failure: null,
      }
    },
  }
}

/** A row that could not be had an answer for. */
export function failed(row: DatasetRow, reason: string): AnsweredRow {
  return { ...labelsOf(row), traceId: null, milliseconds: null, failure: reason }
}

/** What the dataset says of a row, without outputs and contexts that are not the application's. */
function labelsOf({ id, inputs, expectations }: DatasetRow): DatasetRow {
  return { id, inputs, ...(expectations !== undefined && { expectations }) }
}
