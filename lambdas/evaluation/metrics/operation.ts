import { toUsd } from '../../domain/money.ts'
import { defineMetric, type Finding, unscored } from './metric.ts'

/** What one row took. */
export interface Operation {
  /** `null` when it was not measured. */
  readonly milliseconds: number | null
  /** Of the application's calls; `null` without a trace. */
  readonly inputTokens: number | null
  readonly outputTokens: number | null
  /** Of the application's calls, in nano-USD; `null` when it is not known. */
  readonly costNanoUsd: number | null
}

/** Milliseconds of a row; `null` when they were not measured. */
export function millisecondsOf({ milliseconds }: Pick<Operation, 'milliseconds'>): number | null {
  return milliseconds
}

/** Input and output tokens of a row; `null` unless both are known. */
export function totalTokensOf({
  inputTokens,
  outputTokens,
}: Pick<Operation, 'inputTokens' | 'outputTokens'>): number | null {
  return inputTokens === null || outputTokens === null ? null : inputTokens + outputTokens
}

/** Cost of a row in USD; `null` when it is not known. */
export function usdOf({ costNanoUsd }: Pick<Operation, 'costNanoUsd'>): number | null {
  return costNanoUsd === null ? null : toUsd(costNanoUsd)
}

/** Milliseconds of an answer. */
export const latency = defineMetric<Pick<Operation, 'milliseconds'>>(
  {
    name: 'latency',
    version: '1',
    per: 'row',
    better: 'lower',
    definition:
      'Milliseconds of the answer: of the attempt that succeeded where the application was called, of the trace where the row is one.',
    source: 'our own; a clock around the call, or execution_time of the trace',
  },
  ({ milliseconds }) =>
    milliseconds === null
      ? unscored('It was not measured how long the answer took.')
      : { score: milliseconds, rationale: `${Math.round(milliseconds)} ms.`, parts: {} },
)

/** The milliseconds within which 95 % of the answers came. */
export const latencyP95 = defineMetric<readonly Pick<Operation, 'milliseconds'>[]>(
  {
    name: 'latency_p95',
    version: '1',
    per: 'evaluation',
    better: 'lower',
    definition:
      'The smallest latency that at least 95 % of the rows with a latency do not exceed: one that was measured.',
    source: "PostgreSQL's percentile_disc; Hyndman and Fan 1996, type 1",
  },
  (rows) => {
    const known = rows.map(millisecondsOf).filter((each) => each !== null)
    const sorted = Float64Array.from(known).toSorted()
    const value = sorted[Math.ceil(known.length * 0.95) - 1]
    const parts = { measured: known.length }
    return value === undefined
      ? unscored('Of no row is it known how long it took.', parts)
      : { score: value, rationale: `Over ${known.length} rows.`, parts }
  },
)

/** Mean tokens of a row. */
export const tokensPerRow = defineMetric<
  readonly Pick<Operation, 'inputTokens' | 'outputTokens'>[]
>(
  {
    name: 'tokens_per_row',
    version: '1',
    per: 'evaluation',
    better: 'lower',
    definition:
      "Mean of input + output tokens of the application's LLM calls, over the rows of which both are known.",
    source: "the rows' traces, settled by the cost job",
  },
  (rows) => meanOf(rows.map(totalTokensOf), 'Of no row are the tokens known.'),
)

/** Mean cost of a row, in USD. */
export const costPerRow = defineMetric<readonly Pick<Operation, 'costNanoUsd'>[]>(
  {
    name: 'cost_per_row_usd',
    version: '1',
    per: 'evaluation',
    better: 'lower',
    definition:
      "Mean cost in USD of the application's LLM calls, over the rows whose cost is known; the judge's calls are not in it.",
    source: "the rows' traces, priced by the cost job",
  },
  (rows) => meanOf(rows.map(usdOf), 'Of no row is the cost known.'),
)

function meanOf(values: readonly (number | null)[], nothing: string): Finding {
  const known = values.filter((value) => value !== null)
  const parts = { known: known.length, unknown: values.length - known.length }
  if (known.length === 0) return unscored(nothing, parts)
  const score = known.reduce((sum, value) => sum + value, 0) / known.length
  return { score, rationale: `Over ${known.length} rows.`, parts }
}
