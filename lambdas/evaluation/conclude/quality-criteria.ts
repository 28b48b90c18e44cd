import { createHash } from 'node:crypto'
import type { Goal } from '../../domain/goal.ts'

/** The name under which a metric's figure stands in MLflow's run, as MLflow's own evaluations name means. */
export function metricKey(metric: string): string {
  return `${metric}/mean`
}

const comparators = { atLeast: 'GTE', atMost: 'LTE' } as const

/** MLflow refuses longer tags. */
const mostCharacters = 8_000

/**
 * Value of the run tag `mlflow.genaiEvaluate.qualityCriteria` in the format of MLflow 3.18, which is the first version
 * that knows it (`mlflow/genai/evaluation/quality_criteria.py`); `undefined` without goals. The revision, a random UUID
 * there, is derived from the evaluation, so that writing the tag again changes nothing.
 */
export function qualityCriteria(goals: readonly Goal[], evaluationId: string): string | undefined {
  if (goals.length === 0) return undefined
  const value = JSON.stringify({
    schemaVersion: 1,
    revision: uuidOf(evaluationId),
    rules: goals.map(({ metric, comparator, target }) => ({
      metricKey: metricKey(metric),
      comparator: comparators[comparator],
      threshold: target,
    })),
  })
  return value.length > mostCharacters ? undefined : value
}

/** A UUID (version 8, made of a hash) that is always the same for a text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
