import type { ScoredRow } from '../row.ts'
import type { Part } from '../metrics/metric.ts'
import type { ConformanceSummary } from './conformance-summary.ts'
import type { KnowledgeGraph } from './knowledge-graph.ts'

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

/**
 * The figure of a row metric, a criterion or a set metric over all rows of an evaluation, the failed ones included.
 * The same rows and setting give the same figure. Never throws for what rows hold.
 */
export function measure(
  metric: string,
  rows: readonly ScoredRow[],
  setting: MeasureSetting,
): MetricFigure {
  throw new Error(`Not measured yet: ${metric} of ${rows.length} rows with ${setting.seed}.`)
}
