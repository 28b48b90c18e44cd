import { type MetricName, metrics } from '../metrics/registry.ts'
import type { ScoredRow } from '../row.ts'
import { costsOf, tokensOf } from './case-parts.ts'
import type { ConformanceSummary } from './conformance-summary.ts'
import { type CorrectnessSource, correctnessOf } from './correctness.ts'
import type { MeasureSetting } from './measure.ts'
import { confidenceOf, predictedOf, straightThroughOf } from './row-content.ts'
import { unscoredOn } from './score-row.ts'
import { millisecondsOf, totalTokensOf, usdOf } from '../metrics/operation.ts'
import {
  calibrationErrorOf,
  type DecidedRow,
  f1Of,
  fitnessOfCosts,
  fitnessOfTokens,
  type KnownConfidence,
  meanOf,
  percentileOf,
} from './statistics.ts'
import { alone, countIn, proportion, resampled, type SetScore } from './set-score.ts'

/** Scores a set metric over all rows, the failed ones included: they count in none but `graph_coverage`. */
export function scoreSet(
  name: MetricName,
  rows: readonly ScoredRow[],
  setting: MeasureSetting,
): SetScore {
  const answered = rows.filter(({ failure }) => failure === null)
  switch (name) {
    case 'classification_precision':
      return shareOfPositives(name, 'falsePositives', answered, setting)
    case 'classification_recall':
      return shareOfPositives(name, 'falseNegatives', answered, setting)
    case 'classification_f1': {
      const known = classified(answered)
      return resampled(metrics[name].score(known), known.length, f1Of(known), setting)
    }
    case 'straight_through_processing_rate':
      return straightThrough(answered, setting)
    case 'outcome_coverage':
      return outcomeCoverage(answered, setting)
    case 'graph_coverage':
      return graphCoverage(rows, setting)
    case 'expected_calibration_error':
      return calibration(answered, setting)
    case 'conformance_fitness': {
      const costs = answered.map(costsOf)
      const known = costs.filter((each) => each !== null)
      return resampled(metrics[name].score(costs), known.length, fitnessOfCosts(known), setting)
    }
    case 'conformance_token_fitness': {
      const tokens = answered.map(tokensOf)
      const known = tokens.filter((each) => each !== null)
      return resampled(metrics[name].score(tokens), known.length, fitnessOfTokens(known), setting)
    }
    case 'conformance_precision':
      return ofLog(name, ({ tokenPrecision }) => tokenPrecision, setting)
    case 'conformance_alignment_precision':
      return ofLog(name, ({ alignmentPrecision }) => alignmentPrecision, setting)
    case 'conformance_duration':
      return ofLog(name, ({ milliseconds }) => milliseconds, setting)
    case 'latency_p95': {
      const known = answered.map(millisecondsOf).filter((value) => value !== null)
      const statistic = percentileOf(known, 0.95)
      return resampled(metrics[name].score(answered), known.length, statistic, setting)
    }
    case 'tokens_per_row': {
      const known = answered.map(totalTokensOf).filter((value) => value !== null)
      return resampled(metrics[name].score(answered), known.length, meanOf(known), setting)
    }
    case 'cost_per_row_usd': {
      const known = answered.map(usdOf).filter((value) => value !== null)
      return resampled(metrics[name].score(answered), known.length, meanOf(known), setting)
    }
    default:
      return alone(unscoredOn(name, `${name} is scored row by row.`), 0)
  }
}

/** Rows with both a decision and a label. */
function classified(rows: readonly ScoredRow[]): readonly DecidedRow[] {
  return rows.flatMap((row) => {
    const predicted = predictedOf(row)
    const actual = row.expectations?.actual
    return predicted === null || actual === undefined ? [] : [{ predicted, actual }]
  })
}

function shareOfPositives(
  name: 'classification_precision' | 'classification_recall',
  wrong: 'falsePositives' | 'falseNegatives',
  rows: readonly ScoredRow[],
  setting: MeasureSetting,
): SetScore {
  const known = classified(rows)
  const score = metrics[name].score(known)
  const successes = countIn(score, 'truePositives')
  const trials = successes + countIn(score, wrong)
  return proportion(score, { successes, trials, counted: known.length }, setting)
}

function straightThrough(rows: readonly ScoredRow[], setting: MeasureSetting): SetScore {
  const score = metrics.straight_through_processing_rate.score(
    rows.map((row) => ({ straightThrough: straightThroughOf(row) })),
  )
  const trials = countIn(score, 'known')
  return proportion(
    score,
    { successes: countIn(score, 'through'), trials, counted: trials },
    setting,
  )
}

function outcomeCoverage(rows: readonly ScoredRow[], setting: MeasureSetting): SetScore {
  const score = metrics.outcome_coverage.score(
    rows.map((row) => ({
      known: row.expectations?.actual !== undefined || straightThroughOf(row) !== null,
    })),
  )
  const evidence = {
    successes: countIn(score, 'known'),
    trials: rows.length,
    counted: rows.length,
  }
  return proportion(score, evidence, setting)
}

/** Failed rows count too: what is reachable in the graph does not depend on what was answered. */
function graphCoverage(rows: readonly ScoredRow[], setting: MeasureSetting): SetScore {
  const { graph } = setting
  if ('missing' in graph) return alone(unscoredOn('graph_coverage', graph.missing), 0)
  const { digest, ...walked } = graph
  const questions = rows.map(({ id, expectations }) => ({
    id,
    clauses: expectations?.clauses,
    entries: expectations?.entries,
  }))
  const score = metrics.graph_coverage.score({ ...walked, questions })
  const labelled = countIn(score, 'questions')
  const evidence = {
    successes: countIn(score, 'covered'),
    trials: countIn(score, 'needed'),
    counted: labelled,
  }
  return {
    ...proportion(score, evidence, setting),
    score: { ...score, parts: { ...score.parts, graph: digest } },
    // Clauses of one question stand or fall together: questions, not clauses, are the evidence of a goal.
    samples: labelled,
  }
}

function calibration(rows: readonly ScoredRow[], setting: MeasureSetting): SetScore {
  const metric = metrics.expected_calibration_error
  const from: Partial<Record<CorrectnessSource, number>> = {}
  const known: KnownConfidence[] = []
  for (const row of rows) {
    const confidence = confidenceOf(row)
    const correctness = correctnessOf(row)
    if (confidence === null || correctness === null) continue
    known.push({ confidence, correct: correctness.correct })
    from[correctness.from] = (from[correctness.from] ?? 0) + 1
  }
  const score = metric.score({ rows: known })
  const unknown = rows.length - known.length
  const parts = { ...score.parts, unknown, correctFrom: { ...from } }
  return resampled({ ...score, parts }, known.length, calibrationErrorOf(known), setting)
}

function ofLog(
  name: 'conformance_precision' | 'conformance_alignment_precision' | 'conformance_duration',
  figureOf: (summary: ConformanceSummary) => number | null,
  { conformance }: MeasureSetting,
): SetScore {
  if ('missing' in conformance) return alone(unscoredOn(name, conformance.missing), 0)
  const { cases } = conformance
  return alone(metrics[name].score({ value: figureOf(conformance), cases }), cases)
}
