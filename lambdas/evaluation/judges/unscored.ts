import type { Score } from '../metrics/metric.ts'
import { isMetric, metrics } from '../metrics/registry.ts'

/** No score, with the reason. `technical`: the judge is the reason, not the row; a later evaluation may have a score. */
export function unscoredScore(
  metric: string,
  version: string,
  judge: string,
  reason: string,
  technical: boolean,
): Score {
  return {
    name: metric,
    version: isMetric(metric) ? metrics[metric].version : version,
    score: null,
    rationale: reason,
    parts: { judge, technical },
  }
}
