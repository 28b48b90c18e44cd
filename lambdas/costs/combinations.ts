import type { SqlValue, Statements } from '../platform/data-api.ts'

/** A model of a provider, used in a pricing mode on a UTC day. */
export interface Combination {
  readonly provider: string
  readonly model: string
  readonly mode: string
  readonly utcDay: string
}

/** Spans of one experiment that started in [fromNanoseconds, untilNanoseconds). */
export interface SpanRange {
  readonly experimentId: number
  readonly fromNanoseconds: bigint
  readonly untilNanoseconds: bigint
}

/** As bound parameters of SQL. */
export function rangeParameters(range: SpanRange): Record<string, SqlValue> {
  return {
    experiment: range.experimentId,
    from: range.fromNanoseconds,
    until: range.untilNanoseconds,
  }
}

/** When the first span of a range started, in nanoseconds; `undefined` where there is none. */
export async function findFirstSpan(
  statements: Statements,
  range: SpanRange,
): Promise<bigint | undefined> {
  const [row] = await statements.query<{ started: string | null }>(
    `select ops.first_span(:experiment::integer, :from::bigint, :until::bigint)::text as started`,
    rangeParameters(range),
  )
  return row?.started ? BigInt(row.started) : undefined
}

/** Most combinations in one answer, to stay within the limits of a response. */
export const combinationsAtOnce = 2_000

/**
 * First step of the way from a trace to its bill: the combinations in a range that have no price row yet, at most
 * {@link combinationsAtOnce} of them.
 */
export async function findUnresolvedCombinations(
  statements: Statements,
  range: SpanRange,
): Promise<Combination[]> {
  return statements.query<Combination>(
    `select provider, model, mode, utc_day::text as "utcDay"
     from ops.unresolved_combinations(:experiment::integer, :from::bigint, :until::bigint)
     limit ${combinationsAtOnce}`,
    rangeParameters(range),
  )
}

/** The combinations of the calls that are kept for a period, in pages of {@link combinationsAtOnce}, for repricing it. */
export async function listUsedCombinations(
  statements: Statements,
  moments: { readonly from: Date; readonly until: Date },
  offset: number,
): Promise<Combination[]> {
  return statements.query<Combination>(
    `select distinct span_provider as provider, model, mode, (started_at at time zone 'UTC')::date::text as "utcDay"
     from ops.llm_call
     where started_at >= :from::timestamptz and started_at < :until::timestamptz
       and model <> '' and status in ('priced', 'unpriced')
     order by 1, 2, 3, 4 limit ${combinationsAtOnce} offset :offset`,
    { from: moments.from.toISOString(), until: moments.until.toISOString(), offset },
  )
}
