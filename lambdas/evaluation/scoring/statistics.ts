import type { AlignmentCosts } from '../conformance/fitness.ts'
import type { TokenCounts } from '../metrics/conformance.ts'
import type { Statistic } from './bootstrap-rows.ts'

/*
 * What metrics of all rows compute, once more, over rows that were drawn: in columns of numbers, as they are computed
 * thousands of times. Tests hold each to its metric.
 */

/** A case that a classifier decided, with its label. */
export interface DecidedRow {
  readonly predicted: boolean
  readonly actual: boolean
}

/** F1: true positives twice / (positives found + positives there are). */
export function f1Of(rows: readonly DecidedRow[]): Statistic {
  const both = Float64Array.from(rows, (row) => 2 * Number(row.predicted && row.actual))
  const either = Float64Array.from(rows, (row) => Number(row.predicted) + Number(row.actual))
  return (drawn) => {
    const positives = sum(either, drawn)
    return positives === 0 ? null : sum(both, drawn) / positives
  }
}

/** Fitness by alignments: the costs of all cases / those of their worst alignments. */
export function fitnessOfCosts(cases: readonly AlignmentCosts[]): Statistic {
  const costs = Float64Array.from(cases, ({ cost }) => cost)
  const worsts = Float64Array.from(cases, ({ worst }) => worst)
  return (drawn) => 1 - share(sum(costs, drawn), sum(worsts, drawn))
}

/** Fitness by the tokens of all cases. */
export function fitnessOfTokens(cases: readonly TokenCounts[]): Statistic {
  const column = (name: keyof TokenCounts): Float64Array =>
    Float64Array.from(cases, (tokens) => tokens[name])
  const [missing, consumed] = [column('missing'), column('consumed')]
  const [remaining, produced] = [column('remaining'), column('produced')]
  return (drawn) =>
    (1 - share(sum(missing, drawn), sum(consumed, drawn))) / 2 +
    (1 - share(sum(remaining, drawn), sum(produced, drawn))) / 2
}

/** An answer with a confidence, of which it is known whether it is right. */
export interface KnownConfidence {
  readonly confidence: number
  readonly correct: boolean
}

const bins = 10

/** Expected calibration error: how far confidence and correctness are apart within bins of equal width. */
export function calibrationErrorOf(rows: readonly KnownConfidence[]): Statistic {
  const gaps = Float64Array.from(rows, ({ confidence, correct }) => Number(correct) - confidence)
  const places = Uint8Array.from(rows, ({ confidence }) =>
    Math.max(0, Math.ceil(confidence * bins) - 1),
  )
  const gapOf = new Float64Array(bins)
  return (drawn) => {
    gapOf.fill(0)
    for (const row of drawn) {
      const place = places[row] as number
      gapOf[place] = (gapOf[place] as number) + (gaps[row] as number)
    }
    return gapOf.reduce((total, gap) => total + Math.abs(gap), 0) / drawn.length
  }
}

/** The smallest value that a share of them do not exceed. */
export function percentileOf(values: readonly number[], percentile: number): Statistic {
  const sorted = Float64Array.from(values).toSorted()
  const times = new Uint32Array(sorted.length)
  return (drawn) => {
    // An index stands for the value of that rank, so that what was drawn need not be sorted.
    times.fill(0)
    for (const rank of drawn) times[rank] = (times[rank] as number) + 1
    let left = Math.ceil(drawn.length * percentile)
    for (const [rank, count] of times.entries()) {
      left -= count
      if (left <= 0) return sorted[rank] ?? null
    }
    return null
  }
}

/** The mean. */
export function meanOf(values: readonly number[]): Statistic {
  const column = Float64Array.from(values)
  return (drawn) => sum(column, drawn) / drawn.length
}

function sum(column: Float64Array, drawn: Uint32Array): number {
  let total = 0
  for (const row of drawn) total += column[row] as number
  return total
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
