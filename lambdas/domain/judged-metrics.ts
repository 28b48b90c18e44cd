import type { Benchmark } from './benchmark.ts'

/** Metrics that a judge scores; all others are computed without one. */
const judgedMetrics: ReadonlySet<string> = new Set([
  'faithfulness',
  'hallucination_rate',
  'citation_accuracy',
  'answer_relevancy',
  'context_precision',
])

/** Whether it is a judge that scores a metric of a benchmark: its figures depend on which judge it was. */
export function isJudged(metric: string, benchmark?: Pick<Benchmark, 'criteria'>): boolean {
  return (
    judgedMetrics.has(metric) || (benchmark?.criteria ?? []).some(({ name }) => name === metric)
  )
}
