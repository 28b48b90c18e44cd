import { wilsonInterval } from '../../domain/statistics/wilson-interval.ts'
import type { Part, Score } from '../metrics/metric.ts'
import { bootstrapRows, type Statistic } from './bootstrap-rows.ts'

/** A score of all rows together, with what it rests on. */
export interface SetScore {
  readonly score: Score
  /** Rows that count in it. */
  readonly counted: number
  /** What a goal's fewest samples are compared with: trials, questions, cases or rows. */
  readonly samples: number
  readonly interval: { readonly lower: number; readonly upper: number } | null
  readonly method: 'wilson' | 'bootstrap' | ''
}

/** How intervals are made. */
export interface IntervalSetting {
  readonly seed: number
  readonly confidence: number
}

/** A share of trials: Wilson's interval of whole counts. */
export function proportion(
  score: Score,
  evidence: { readonly successes: number; readonly trials: number; readonly counted: number },
  { confidence }: IntervalSetting,
): SetScore {
  const { successes, trials, counted } = evidence
  const interval = score.score === null ? null : wilsonInterval(successes, trials, confidence)
  return {
    score,
    counted,
    samples: trials,
    interval: interval && { lower: interval.lower, upper: interval.upper },
    method: interval === null ? '' : 'wilson',
  }
}

/** Anything else that rows have a part in: the rows that count are drawn anew. */
export function resampled(
  score: Score,
  counted: number,
  statistic: Statistic,
  setting: IntervalSetting,
): SetScore {
  const interval = score.score === null ? null : bootstrapRows(counted, statistic, setting)
  return {
    score,
    counted,
    samples: counted,
    interval,
    method: interval === null ? '' : 'bootstrap',
  }
}

/** One measurement of everything: nothing says how far another one would differ. */
export function alone(score: Score, counted: number): SetScore {
  return { score, counted, samples: counted, interval: null, method: '' }
}

/** A whole number among the parts of a score. */
export function countIn(
  { parts }: { readonly parts: { readonly [name: string]: Part } },
  name: string,
): number {
  const part = parts[name]
  return typeof part === 'number' ? part : 0
}
