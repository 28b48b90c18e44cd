import { type Goal, type Verdict, verdictOf } from '../../domain/goal.ts'
import type { ScoredRow } from '../row.ts'
import { measure, type MeasureSetting, type MetricFigure } from '../scoring/measure.ts'

/** The figure of a metric with the goal on it, as it is kept in `ops.evaluation_metric`. */
export interface Figure {
  readonly metric: string
  readonly version: string
  readonly value: number | null
  /** Bounds of the 95 % interval. */
  readonly lower: number | null
  readonly upper: number | null
  readonly method: MetricFigure['method']
  readonly scored: number
  readonly unscored: number
  /** What the figure rests on; see `MetricFigure`. */
  readonly samples: number
  readonly goal: Goal | null
  /** `null` without a goal. */
  readonly verdict: Verdict | null
}

/** Confidence of the intervals that are shown. */
const shownConfidence = 0.95

/**
 * Measures the metrics in their order, and compares those that have a goal with it. A goal that asks for a confidence of
 * its own is judged by an interval of that confidence; what is shown has 95 % all the same.
 */
export function measureFigures(
  metrics: readonly string[],
  goals: readonly Goal[],
  rows: readonly ScoredRow[],
  setting: MeasureSetting,
): Figure[] {
  return metrics.map((metric) => {
    const shown = measure(metric, rows, { ...setting, confidence: shownConfidence })
    const goal = goals.find((each) => each.metric === metric) ?? null
    return { ...toFigure(shown), goal, verdict: goal && judge(goal, shown, rows, setting) }
  })
}

function judge(
  goal: Goal,
  shown: MetricFigure,
  rows: readonly ScoredRow[],
  setting: MeasureSetting,
): Verdict {
  const { confidence = shownConfidence } = goal
  const { interval } =
    confidence === shownConfidence ? shown : measure(goal.metric, rows, { ...setting, confidence })
  return verdictOf(goal, { value: shown.value, samples: shown.samples, interval })
}

function toFigure(figure: MetricFigure): Omit<Figure, 'goal' | 'verdict'> {
  const { metric, version, method, scored, unscored, samples, interval } = figure
  return {
    metric,
    version,
    value: finite(figure.value),
    lower: finite(interval?.lower ?? null),
    upper: finite(interval?.upper ?? null),
    method,
    scored,
    unscored,
    samples,
  }
}

/** Neither JSON, MLflow nor CloudWatch takes anything else. */
function finite(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? value : null
}
