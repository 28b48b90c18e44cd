import { bootstrapMean } from '../../domain/statistics/bootstrap.ts'
import { holmAdjusted } from '../../domain/statistics/holm.ts'
import { mcnemarTest } from '../../domain/statistics/mcnemar.ts'
import { differencesOf, mean, type Pair } from '../../domain/statistics/pair.ts'
import { permutationTest } from '../../domain/statistics/permutation-test.ts'
import { smallestDetectableDifference } from '../../domain/statistics/power.ts'
import { resamplesFor } from '../scoring/bootstrap-rows.ts'

/** A row with its scores by metric; `null` where it could not be scored. */
export interface ComparableRow {
  readonly id: string
  readonly scores: Readonly<Record<string, number | null>>
}

/** A metric that is compared. */
export interface ComparedMetric {
  readonly metric: string
  readonly better: 'higher' | 'lower'
}

/** What was found on one metric; see `comparisonResponse`. */
export interface MetricComparison extends ComparedMetric {
  readonly yesNo: boolean
  readonly pairs: number
  readonly unpaired: number
  readonly baseline: number | null
  readonly candidate: number | null
  readonly difference: number | null
  readonly lower: number | null
  readonly upper: number | null
  readonly test: 'exact McNemar' | 'exact sign flips' | 'sampled sign flips'
  readonly p: number | null
  readonly adjustedP: number | null
  readonly smallestDetectable: number | null
  readonly verdict: 'better' | 'worse' | 'no evidence'
}

/** Two evaluations of the same dataset, row by row. */
export interface Comparison {
  readonly metrics: readonly MetricComparison[]
  /** Ids of rows that only one of them has. */
  readonly onlyBaseline: readonly string[]
  readonly onlyCandidate: readonly string[]
}

/** Chance of any false verdict, over all metrics of a comparison. */
export const alpha = 0.05

/**
 * Compares two evaluations on rows of the same id. Differences are candidate minus baseline. Rows whose score is a yes
 * or a no are tested by McNemar's exact test, others by flipping the signs of their differences; p-values are corrected
 * for the number of metrics by Holm's method, and a verdict is given at {@link alpha}.
 */
export function compareEvaluations(
  baseline: readonly ComparableRow[],
  candidate: readonly ComparableRow[],
  metrics: readonly ComparedMetric[],
  seed: number,
): Comparison {
  const partners = new Map(candidate.map((row) => [row.id, row]))
  const known = new Set(baseline.map(({ id }) => id))
  const both = baseline.flatMap((row) => {
    const partner = partners.get(row.id)
    return partner === undefined ? [] : [{ row, partner }]
  })
  const measured = metrics.map(({ metric, better }) => {
    const scores = both.map(({ row, partner }) => ({
      baseline: scoreOf(row, metric),
      candidate: scoreOf(partner, metric),
    }))
    const pairs = scores.filter(isPair)
    const unpaired = scores.filter(
      (pair) => (pair.baseline === null) !== (pair.candidate === null),
    ).length
    return { metric, better, unpaired, ...testPairs(pairs, seed) }
  })
  const adjusted = holmAdjusted(measured.flatMap(({ p }) => (p === null ? [] : [p])))
  return {
    metrics: measured.map((found) => {
      const adjustedP = found.p === null ? null : (adjusted.shift() ?? null)
      return { ...found, adjustedP, verdict: verdictOf(found, adjustedP) }
    }),
    onlyBaseline: baseline.filter(({ id }) => !partners.has(id)).map(({ id }) => id),
    onlyCandidate: candidate.filter(({ id }) => !known.has(id)).map(({ id }) => id),
  }
}

function scoreOf({ scores }: ComparableRow, metric: string): number | null {
  return Object.hasOwn(scores, metric) ? (scores[metric] ?? null) : null
}

function isPair(pair: {
  readonly baseline: number | null
  readonly candidate: number | null
}): pair is Pair {
  return pair.baseline !== null && pair.candidate !== null
}

type Tested = Omit<MetricComparison, 'metric' | 'better' | 'unpaired' | 'adjustedP' | 'verdict'>

function testPairs(pairs: readonly Pair[], seed: number): Tested {
  const differences = differencesOf(pairs)
  const draws = resamplesFor(pairs.length)
  const interval = bootstrapMean(differences, { seed, resamples: draws })
  const orNull = (value: number): number | null => (pairs.length === 0 ? null : value)
  return {
    pairs: pairs.length,
    baseline: orNull(mean(pairs.map((pair) => pair.baseline))),
    candidate: orNull(mean(pairs.map((pair) => pair.candidate))),
    difference: orNull(mean(differences)),
    lower: interval?.lower ?? null,
    upper: interval?.upper ?? null,
    ...significance(pairs, differences, seed, draws),
    smallestDetectable: smallestDetectableDifference(differences, { power: 0.8, alpha }),
  }
}

function significance(
  pairs: readonly Pair[],
  differences: readonly number[],
  seed: number,
  permutations: number,
): Pick<Tested, 'yesNo' | 'test' | 'p'> {
  const yesNo = pairs.length > 0 && pairs.every((pair) => isYesNo(pair.baseline, pair.candidate))
  if (yesNo) {
    const p = mcnemarTest({
      onlyBaseline: pairs.filter((pair) => pair.baseline > pair.candidate).length,
      onlyCandidate: pairs.filter((pair) => pair.candidate > pair.baseline).length,
    })
    return { yesNo, test: 'exact McNemar', p }
  }
  const { p, method } = permutationTest(differences, { seed, permutations })
  return {
    yesNo,
    test: method === 'exact' ? 'exact sign flips' : 'sampled sign flips',
    p: pairs.length === 0 ? null : p,
  }
}

function isYesNo(...scores: readonly number[]): boolean {
  return scores.every((score) => score === 0 || score === 1)
}

function verdictOf(
  { difference, better }: Pick<MetricComparison, 'difference' | 'better'>,
  adjustedP: number | null,
): MetricComparison['verdict'] {
  if (difference === null || difference === 0 || adjustedP === null || adjustedP > alpha) {
    return 'no evidence'
  }
  return difference > 0 === (better === 'higher') ? 'better' : 'worse'
}
