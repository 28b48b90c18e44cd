import { defineMetric, unscored } from './metric.ts'

/** The contexts of an answer as a judge sees them. */
export interface JudgedContexts {
  /** Name of the judge. */
  readonly judge: string
  /** Whether each context, best first, was useful for the answer; `null` when the judge gave no verdict. */
  readonly useful: readonly boolean[] | null
}

/** Whether useful contexts come first. */
export const contextPrecision = defineMetric<JudgedContexts>(
  {
    name: 'context_precision',
    version: '1',
    per: 'row',
    better: 'higher',
    definition:
      'Sum of the precision at the rank of each context that a judge finds useful / number of such contexts; 0 when none is. It needs no labels.',
    source: 'RAGAS: context precision; average precision with a judge in place of labels',
  },
  ({ judge, useful }) => {
    if (useful === null) return unscored('The judge gave no verdict.', { judge })
    if (useful.length === 0) return unscored('Nothing was retrieved.', { judge })
    let hits = 0
    let sum = 0
    for (const [index, isUseful] of useful.entries()) {
      if (!isUseful) continue
      hits += 1
      sum += hits / (index + 1)
    }
    return {
      score: hits === 0 ? 0 : sum / hits,
      rationale: `${hits} of ${useful.length} contexts are useful.`,
      parts: { judge, useful },
    }
  },
)
