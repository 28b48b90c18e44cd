import type { Judge } from '../judges/judge.ts'
import type { Score } from '../metrics/metric.ts'
import { isMetric, metrics } from '../metrics/registry.ts'
import type { AnsweredRow } from '../row.ts'
import { itemsOf, retrievedOf } from './row-content.ts'

/** Metrics of {@link metrics} that need a judgement; so does every criterion. */
const judged = new Set<string>([
  'faithfulness',
  'hallucination_rate',
  'citation_accuracy',
  'answer_relevancy',
  'context_precision',
])

/** How rows are scored. */
export interface RowScoring {
  /** Depth at which retrieval is looked at. */
  readonly k: number
  /** Needed where a metric {@link needsJudge}. */
  readonly judge?: Judge | undefined
}

/** Those of an evaluation's metrics that each row has a score of; cases of a log are scored by `scoreLog`. */
export function rowMetricsOf(names: readonly string[]): string[] {
  return names.filter((name) => name !== 'conformance' && (!isMetric(name) || isPerRow(name)))
}

/**
 * The scores of a row on row metrics and criteria, in their order; `null` with the reason where there is none, on every
 * metric where the row failed.
 */
export async function scoreRow(
  row: AnsweredRow,
  names: readonly string[],
  { k, judge }: RowScoring,
): Promise<Score[]> {
  const { failure } = row
  if (failure !== null) return names.map((name) => unscoredOn(name, failure))
  const asked = names.filter((name) => needsJudge(name))
  const verdicts = new Map<string, Score>()
  if (asked.length > 0) {
    for (const score of await verdictsOn(row, asked, judge)) verdicts.set(score.name, score)
  }
  return names.map((name) => {
    if (!needsJudge(name)) return scoreByCode(name, row, k)
    return verdicts.get(name) ?? unscoredOn(name, 'The judge left it out.', { technical: true })
  })
}

/** A score of a metric that is computed from the row alone. */
export function scoreByCode(name: string, row: AnsweredRow, k: number): Score {
  const { relevant, items } = row.expectations ?? {}
  const retrieval = { retrieved: retrievedOf(row), relevant, k }
  switch (name) {
    case 'retrieval_precision':
    case 'retrieval_recall':
    case 'retrieval_mrr':
    case 'retrieval_ndcg':
    case 'retrieval_map':
      return metrics[name].score(retrieval)
    case 'field_accuracy':
      return metrics.field_accuracy.score({ expected: items, read: itemsOf(row) })
    case 'latency':
      return metrics.latency.score(row)
    default:
      return unscoredOn(name, `${name} is not scored row by row.`)
  }
}

/** No score, with the reason. */
export function unscoredOn(name: string, rationale: string, parts: Score['parts'] = {}): Score {
  return {
    name,
    version: isMetric(name) ? metrics[name].version : '',
    score: null,
    rationale,
    parts,
  }
}

/** Whether a row metric is scored by a judge. */
export function needsJudge(name: string): boolean {
  return judged.has(name) || !isMetric(name)
}

function isPerRow(name: keyof typeof metrics): boolean {
  return metrics[name].per === 'row'
}

/** A judge never throws for a row; where one does all the same, the other rows must not be lost. */
async function verdictsOn(
  row: AnsweredRow,
  asked: readonly string[],
  judge: Judge | undefined,
): Promise<readonly Score[]> {
  if (judge === undefined) return asked.map((name) => unscoredOn(name, 'There is no judge.'))
  try {
    return await judge.scoreRow(row, asked)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const rationale = `The judge ${judge.identity.name} failed: ${why}`
    return asked.map((name) => unscoredOn(name, rationale, { technical: true }))
  }
}
