import { holmAdjusted } from '../domain/statistics/holm.ts'
import { mcnemarTest } from '../domain/statistics/mcnemar.ts'
import { normalCdf, normalQuantile } from '../domain/statistics/normal.ts'
import { differencesOf, mean, type Pair } from '../domain/statistics/pair.ts'
import { permutationTest } from '../domain/statistics/permutation-test.ts'
import type { MetricComparison } from './evidence.ts'

/** A figure of all rows together. */
export interface ComparedFigure {
  readonly value: number | null
  readonly samples: number
  /** Covers the true value with 95 %. */
  readonly interval: { readonly lower: number; readonly upper: number } | null
}

/** One metric as two evaluations measured it. */
export interface MeasuredTwice {
  readonly metric: string
  readonly better: 'higher' | 'lower'
  /** How much worse it may be, in its own unit. */
  readonly tolerance: number
  /** `undefined` where no usable evaluation measured it. */
  readonly candidate: ComparedFigure | undefined
  readonly production: ComparedFigure | undefined
  /** Rows that both scored; none for a metric of all rows together. */
  readonly pairs: readonly Pair[]
}

/** Sums that all metrics of a comparison may take: a decision is to be made within a second. */
const mostSums = 20_000_000
const fewestPermutations = 999
const mostPermutations = 10_000

/**
 * Whether the candidate is worse than production by more than the tolerance, metric by metric. A p-value is that of
 * "worse by exactly the tolerance": where scores are yes or no and there is no tolerance, of McNemar's exact test; for
 * other rows, of flipping the signs of the differences shifted by the tolerance; for figures of all rows together, of a
 * normal approximation from their intervals, which takes them for independent. Then Holm's correction over all metrics.
 * What production never had cannot get worse and is left out.
 */
export function compareMetrics(
  measured: readonly MeasuredTwice[],
  seed: number,
): MetricComparison[] {
  const found = measured.flatMap((each) => compareOne(each, seed, measured.length))
  const adjusted = holmAdjusted(
    found.flatMap(({ missing, pValue }) => (missing === undefined ? [pValue] : [])),
  )
  return found.map((comparison) =>
    comparison.missing === undefined
      ? { ...comparison, pValue: adjusted.shift() ?? 1 }
      : comparison,
  )
}

function compareOne(measured: MeasuredTwice, seed: number, metrics: number): MetricComparison[] {
  const { metric, better, candidate, production, pairs } = measured
  const missing = (whose: 'candidate' | 'production'): MetricComparison[] => [
    { metric, better, pairs: 0, difference: 0, pValue: 1, missing: whose },
  ]
  if (production === undefined) return missing('production')
  if (production.value === null) return []
  if (candidate === undefined || candidate.value === null) return missing('candidate')
  if (pairs.length > 0) return [{ metric, better, ...testPairs(measured, seed, metrics) }]
  return [
    {
      metric,
      better,
      pairs: Math.min(candidate.samples, production.samples),
      difference: candidate.value - production.value,
      pValue: testFigures(candidate, production, shiftOf(measured)),
      test: 'intervals',
    },
  ]
}

/** What is added to a difference so that it is 0 when the candidate is worse by exactly the tolerance. */
function shiftOf({ better, tolerance }: MeasuredTwice): number {
  return better === 'higher' ? tolerance : -tolerance
}

function testPairs(
  measured: MeasuredTwice,
  seed: number,
  metrics: number,
): Pick<MetricComparison, 'pairs' | 'difference' | 'pValue' | 'test'> {
  const { pairs, tolerance } = measured
  const differences = differencesOf(pairs)
  const difference = mean(differences)
  const isYesNo = pairs.every((pair) => isYesOrNo(pair.baseline) && isYesOrNo(pair.candidate))
  if (isYesNo && tolerance === 0) {
    const pValue = mcnemarTest({
      onlyBaseline: pairs.filter((pair) => pair.baseline > pair.candidate).length,
      onlyCandidate: pairs.filter((pair) => pair.candidate > pair.baseline).length,
    })
    return { pairs: pairs.length, difference, pValue, test: 'exact McNemar' }
  }
  const permutations = Math.round(
    Math.max(
      fewestPermutations,
      Math.min(mostPermutations, mostSums / (pairs.length * Math.max(1, metrics))),
    ),
  )
  const { p } = permutationTest(
    differences.map((each) => each + shiftOf(measured)),
    { seed, permutations },
  )
  return { pairs: pairs.length, difference, pValue: p, test: 'sign flips' }
}

function isYesOrNo(score: number): boolean {
  return score === 0 || score === 1
}

/** Two-sided p of two figures with 95 % intervals; 0 or 1 where an interval says that there is no doubt. */
function testFigures(candidate: ComparedFigure, production: ComparedFigure, shift: number): number {
  const shifted = (candidate.value ?? 0) - (production.value ?? 0) + shift
  const error = Math.hypot(standardError(candidate), standardError(production))
  if (error === 0) return shifted === 0 ? 1 : 0
  return 2 * normalCdf(-Math.abs(shifted) / error)
}

function standardError({ interval }: ComparedFigure): number {
  if (interval === null) return 0
  return (interval.upper - interval.lower) / (2 * normalQuantile(0.975))
}
