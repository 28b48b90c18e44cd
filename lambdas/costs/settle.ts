import type { Statements } from '../platform/data-api.ts'
import { rangeParameters, type SpanRange } from './combinations.ts'

/** What one chunk did. */
export interface SettledChunk {
  /** Another run holds the lock; nothing was done. */
  readonly busy: boolean
  readonly traces: number
  readonly calls: number
  /** Calls that were new or differ from what was kept; 0 when a run is repeated. */
  readonly changed: number
  readonly nextNanoseconds: bigint
  /** The range is settled to its end. */
  readonly finished: boolean
}

/** Calls per chunk: about a second of work, far from the 45 seconds that a statement may take. */
export const callsPerChunk = 10_000

/**
 * Third step of the way from a trace to its bill: prices the first new calls of a range inside the database, and moves
 * calls, sums, unit costs and the watermark in one transaction (`ops.settle`).
 * @param callLimit most calls in this chunk; their traces are always settled whole
 */
export async function settleChunk(
  statements: Statements,
  range: SpanRange,
  workload: { readonly name: string; readonly timeZone: string },
  callLimit: number,
): Promise<SettledChunk> {
  const [row] = await statements.query<
    Omit<SettledChunk, 'nextNanoseconds'> & { nextNanoseconds: string }
  >(
    `select busy, traces, calls, changed, next_ns::text as "nextNanoseconds", finished
     from ops.settle(:experiment::integer, :workload::text, :timeZone::text, :from::bigint, :until::bigint,
       :callLimit::integer)`,
    {
      ...rangeParameters(range),
      workload: workload.name,
      timeZone: workload.timeZone,
      callLimit,
    },
  )
  if (row === undefined) throw new Error('ops.settle returned nothing.')
  return { ...row, nextNanoseconds: BigInt(row.nextNanoseconds) }
}
