import { bootstrapMean } from '../../domain/statistics/bootstrap.ts'
import { wilsonInterval } from '../../domain/statistics/wilson-interval.ts'
import { type Part, type Score, summarize } from '../metrics/metric.ts'
import { isMetric, metrics } from '../metrics/registry.ts'
import type { ScoredRow } from '../row.ts'
import { resamplesFor } from './bootstrap-rows.ts'
import type { ConformanceSummary } from './conformance-summary.ts'
import type { KnowledgeGraph } from './knowledge-graph.ts'
import { unscoredOn } from './score-row.ts'
import { scoreSet } from './score-set.ts'

/** Why something that a figure needs is not there. */
export interface Missing {
  readonly missing: string
}

/** What the figures of an evaluation need besides its rows; `readMeasureSetting` gathers it. */
export interface MeasureSetting {
  /** Depth at which retrieval was looked at. */
  readonly k: number
  /** Seed of the resamples: that of the plan. */
  readonly seed: number
  /** Confidence of the interval: the goal's where it asks for one, 0.95 otherwise. */
  readonly confidence: number
  /** For `graph_coverage`. */
  readonly graph: KnowledgeGraph | Missing
  /** For the figures of an event log as a whole. */
  readonly conformance: ConformanceSummary | Missing
}

/** The figure of one metric over the rows of an evaluation. */
export interface MetricFigure {
  readonly metric: string
  /** Of the definition, as the rows' scores carry it. */
  readonly version: string
  /** `null`, never 0, where nothing could be scored. */
  readonly value: number | null
  /** Rows that count in the figure. */
  readonly scored: number
  /** Rows that do not: `scored` and this add up to the rows. */
  readonly unscored: number
  /**
   * What the figure rests on, and what a goal's `minSamples` is compared with: the trials of a proportion (predicted
   * positives for a precision), the questions of graph coverage, the cases of a log, `scored` for all others.
   */
  readonly samples: number
  /** Covers the true value with the confidence asked for; `null` where it has none. */
  readonly interval: { readonly lower: number; readonly upper: number } | null
  /** How the interval was made; empty where there is none. */
  readonly method: 'wilson' | 'bootstrap' | ''
  readonly rationale: string
  readonly parts: { readonly [name: string]: Part }
}

/** Metrics and criteria whose scores are a yes (1) or a no (0) by their definition. */
function isYesOrNo(metric: string): boolean {
  return metric === 'hallucination_rate' || !isMetric(metric)
}

/**
 * The figure of a row metric, a criterion or a set metric over all rows of an evaluation, the failed ones included.
 * The same rows and setting give the same figure. Never throws for what rows hold. Which interval a figure has is in
 * `docs/adr/055-figures-and-their-intervals.md`.
 */
export function measure(
  metric: string,
  rows: readonly ScoredRow[],
  setting: MeasureSetting,
): MetricFigure {
  if (isMetric(metric) && metrics[metric].per === 'evaluation') {
    const { score, counted, samples, interval, method } = scoreSet(metric, rows, setting)
    const scored = score.score === null ? 0 : counted
    return {
      metric,
      version: score.version,
      value: score.score,
      scored,
      unscored: rows.length - scored,
      samples: score.score === null ? 0 : samples,
      interval,
      method,
      rationale: score.rationale,
      parts: score.parts,
    }
  }
  return meanOf(metric, rows, setting)
}

function meanOf(metric: string, rows: readonly ScoredRow[], setting: MeasureSetting): MetricFigure {
  const scores = rows.map((row) => scoreOf(metric, row))
  const { value, scored, unscored } = summarize(scores)
  const known = scores.map(({ score }) => score).filter((score) => score !== null)
  const { interval, method } = intervalOf(metric, known, setting)
  return {
    metric,
    version: versionOf(metric, scores),
    value,
    scored,
    unscored,
    samples: scored,
    interval,
    method,
    rationale:
      value === null
        ? `None of ${rows.length} rows has a score.`
        : `Mean of ${scored} rows; ${unscored} have no score.`,
    parts: reasonsOf(scores),
  }
}

/** A row's score; latency is a field of every row, whether or not its score was asked for. */
function scoreOf(metric: string, row: ScoredRow): Score {
  if (row.failure !== null) return unscoredOn(metric, row.failure)
  if (metric === 'latency') return metrics.latency.score(row)
  return row.scores.find(({ name }) => name === metric) ?? unscoredOn(metric, 'It was not scored.')
}

/** The versions of the scores that count; more than one when a definition changed in the middle. */
function versionOf(metric: string, scores: readonly Score[]): string {
  const versions = scores.filter(({ score }) => score !== null).map(({ version }) => version)
  const distinct = [...new Set(versions)].toSorted()
  return distinct.length === 0 ? unscoredOn(metric, '').version : distinct.join(', ')
}

function intervalOf(
  metric: string,
  scores: readonly number[],
  { seed, confidence }: MeasureSetting,
): Pick<MetricFigure, 'interval' | 'method'> {
  const yes = scores.filter((score) => score === 1).length
  const no = scores.filter((score) => score === 0).length
  const isDecided = yes + no === scores.length
  // Resamples of scores that are all 0, or all 1, have no spread, however few they are. Of what lies between 0 and 1
  // none spreads more than a yes or a no, so that Wilson's interval is wide enough for it.
  const isUniform = metric !== 'latency' && (yes === scores.length || no === scores.length)
  if (isDecided && (isYesOrNo(metric) || isUniform)) {
    const interval = wilsonInterval(yes, scores.length, confidence)
    return shaped(interval, 'wilson')
  }
  const resamples = resamplesFor(scores.length)
  return shaped(bootstrapMean(scores, { seed, confidence, resamples }), 'bootstrap')
}

function shaped(
  interval: { readonly lower: number; readonly upper: number } | null,
  method: 'wilson' | 'bootstrap',
): Pick<MetricFigure, 'interval' | 'method'> {
  return interval === null
    ? { interval, method: '' }
    : { interval: { lower: interval.lower, upper: interval.upper }, method }
}

/** How many reasons for missing scores a figure names. */
const reasonsNamed = 5

/** Why rows have no score, the most frequent reasons first. */
function reasonsOf(scores: readonly Score[]): MetricFigure['parts'] {
  const rows = new Map<string, number>()
  for (const { score, rationale } of scores) {
    if (score === null) rows.set(rationale, (rows.get(rationale) ?? 0) + 1)
  }
  const named = [...rows].toSorted(([, left], [, right]) => right - left).slice(0, reasonsNamed)
  if (named.length === 0) return {}
  return {
    reasons: named.map(([reason, count]) => ({ reason: reason.slice(0, 300), rows: count })),
  }
}
