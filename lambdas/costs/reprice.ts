import type { PriceOverride } from '../../config/prices.ts'
import { type Period, startOfDay } from '../domain/period.ts'
import type { Statements } from '../platform/data-api.ts'
import { listUsedCombinations } from './combinations.ts'
import { callsPerChunk } from './settle.ts'
import { resolveAndStore } from './store-prices.ts'

/** A wish to price a period again, after a price changed. Its id makes it idempotent. */
export interface RepricingRequest {
  readonly id: string
  readonly period: Period
  readonly reason: string
}

/** The audit row of a repricing. */
export interface Repricing {
  readonly id: string
  readonly finished: boolean
  readonly callsSeen: number
  readonly callsChanged: number
  readonly costBeforeNanoUsd: number
  readonly costAfterNanoUsd: number
}

/**
 * Resolves the prices of a period again and prices its calls with them. The same id again goes on where it stopped,
 * and changes nothing once it has finished. Throws when the id was used for another period.
 */
export async function repricePeriod(
  statements: Statements,
  request: RepricingRequest,
  options: {
    readonly overrides: readonly PriceOverride[]
    readonly timeZone: string
    readonly mayContinue: () => boolean
  },
): Promise<Repricing> {
  const moments = {
    from: startOfDay(request.period.from, options.timeZone),
    until: startOfDay(request.period.to, options.timeZone),
  }
  await statements.query(
    `insert into ops.repricing (repricing_id, from_day, until_day, reason)
     values (:id, :from::date, :to::date, :reason) on conflict do nothing`,
    { id: request.id, ...request.period, reason: request.reason },
  )
  const audit = await readAudit(statements, request)
  if (audit.finished) return audit
  for (let offset = 0; ;) {
    const combinations = await listUsedCombinations(statements, moments, offset)
    if (combinations.length === 0) break
    await resolveAndStore(statements, combinations, options.overrides)
    offset += combinations.length
  }
  while (options.mayContinue()) {
    const [chunk] = await statements.query<{ busy: boolean; finished: boolean }>(
      `select busy, finished from ops.reprice(:id, :from::timestamptz, :until::timestamptz, :callLimit::integer)`,
      {
        id: request.id,
        from: moments.from.toISOString(),
        until: moments.until.toISOString(),
        callLimit: callsPerChunk,
      },
    )
    if (chunk === undefined || chunk.busy || chunk.finished) break
  }
  return readAudit(statements, request)
}

async function readAudit(statements: Statements, request: RepricingRequest): Promise<Repricing> {
  const [row] = await statements.query<Repricing & { from: string; to: string }>(
    `select repricing_id as id, finished_at is not null as finished, calls_seen as "callsSeen",
       calls_changed as "callsChanged", cost_before_nano as "costBeforeNanoUsd",
       cost_after_nano as "costAfterNanoUsd", from_day::text as "from", until_day::text as "to"
     from ops.repricing where repricing_id = :id`,
    { id: request.id },
  )
  if (row === undefined) throw new Error(`The repricing ${request.id} was not kept.`)
  const { from, to, ...audit } = row
  if (from !== request.period.from || to !== request.period.to) {
    throw new Error(
      `The repricing ${request.id} covers ${from} to ${to}. Use another id for another period.`,
    )
  }
  return audit
}
