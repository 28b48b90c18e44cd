import { defineMetric, type Finding, unscored } from './metric.ts'

/** One question: what was retrieved, best first, and what is labelled as relevant. */
export interface RetrievalRow {
  /** Ids, best first; absent when nothing is known of the retrieval. An id that repeats counts at its first place. */
  readonly retrieved?: readonly string[] | undefined
  /** Ids of what is relevant, or their grades: 0 is not relevant, more is better. */
  readonly relevant?: readonly string[] | Readonly<Record<string, number>> | undefined
  /** How many of the first are looked at; MRR and MAP look at all. @default 5 */
  readonly k?: number | undefined
}

interface Ranking {
  readonly k: number
  /** Grades of the retrieved, best first. */
  readonly grades: readonly number[]
  /** Grades of all that is relevant, highest first. */
  readonly ideal: readonly number[]
}

const trecEval = 'trec_eval 9 (NIST), computed from its C code'

/** Relevant among the first k / k. */
export const retrievalPrecision = defineMetric<RetrievalRow>(
  {
    name: 'retrieval_precision',
    version: '1',
    per: 'row',
    better: 'higher',
    definition:
      'Relevant ids among the first k retrieved / k. Fewer than k retrieved still divide by k.',
    source: `${trecEval}: P_k`,
  },
  (row) =>
    find(row, ({ grades, k }) => {
      const hits = countRelevant(grades.slice(0, k))
      return { score: hits / k, says: `${hits} of the first ${k} are relevant.` }
    }),
)

/** Relevant among the first k / relevant. */
export const retrievalRecall = defineMetric<RetrievalRow>(
  {
    name: 'retrieval_recall',
    version: '1',
    per: 'row',
    better: 'higher',
    definition: 'Relevant ids among the first k retrieved / all relevant ids.',
    source: `${trecEval}: recall_k`,
  },
  (row) =>
    find(row, ({ grades, ideal, k }) => {
      const hits = countRelevant(grades.slice(0, k))
      return {
        score: hits / ideal.length,
        says: `${hits} of ${ideal.length} relevant are among the first ${k}.`,
      }
    }),
)

/** 1 / rank of the first relevant. */
export const retrievalMrr = defineMetric<RetrievalRow>(
  {
    name: 'retrieval_mrr',
    version: '1',
    per: 'row',
    better: 'higher',
    definition: '1 / rank of the first relevant id; 0 when none was retrieved.',
    source: `${trecEval}: recip_rank`,
  },
  (row) =>
    find(row, ({ grades }) => {
      const rank = grades.findIndex((grade) => grade > 0) + 1
      return rank === 0
        ? { score: 0, says: 'Nothing relevant was retrieved.' }
        : { score: 1 / rank, says: `The first relevant one is at rank ${rank}.` }
    }),
)

/** Discounted gain of the first k / the gain of the best order. */
export const retrievalNdcg = defineMetric<RetrievalRow>(
  {
    name: 'retrieval_ndcg',
    version: '1',
    per: 'row',
    better: 'higher',
    definition:
      'Sum of grade / log2(rank + 1) over the first k retrieved / the same of the best possible order.',
    source: `${trecEval}: ndcg_cut_k; Järvelin and Kekäläinen, ACM TOIS 20(4), 2002`,
  },
  (row) =>
    find(row, ({ grades, ideal, k }) => {
      const gain = discountedGain(grades.slice(0, k))
      const best = discountedGain(ideal.slice(0, k))
      return {
        score: gain / best,
        says: `A gain of ${gain.toFixed(3)} where ${best.toFixed(3)} is the best order's.`,
      }
    }),
)

/** Mean of the precision at the rank of each relevant id. */
export const retrievalMap = defineMetric<RetrievalRow>(
  {
    name: 'retrieval_map',
    version: '1',
    per: 'row',
    better: 'higher',
    definition:
      'Average precision: sum of the precision at the rank of each relevant id that was retrieved / all relevant ids.',
    source: `${trecEval}: map`,
  },
  (row) =>
    find(row, ({ grades, ideal }) => {
      let hits = 0
      let sum = 0
      for (const [index, grade] of grades.entries()) {
        if (grade <= 0) continue
        hits += 1
        sum += hits / (index + 1)
      }
      return {
        score: sum / ideal.length,
        says: `${hits} of ${ideal.length} relevant were retrieved among ${grades.length}.`,
      }
    }),
)

function find(
  row: RetrievalRow,
  measure: (ranking: Ranking) => { readonly score: number; readonly says: string },
): Finding {
  const { retrieved, relevant, k = 5 } = row
  if (!Number.isInteger(k) || k < 1)
    throw new RangeError(`k is a whole number from 1 on, not ${k}.`)
  if (relevant === undefined) return unscored('The row has no labelled relevant ids.')
  if (retrieved === undefined) return unscored('Nothing is known of what was retrieved.')
  const graded = gradesOf(relevant)
  const ideal = [...graded.values()]
    .filter((grade) => grade > 0)
    .toSorted((left, right) => right - left)
  if (ideal.length === 0) return unscored('No id is labelled as relevant.')
  const grades = [...new Set(retrieved)].map((id) => graded.get(id) ?? 0)
  const { score, says } = measure({ k, grades, ideal })
  return {
    score,
    rationale: says,
    parts: { k, retrieved: grades.length, relevant: ideal.length, hits: countRelevant(grades) },
  }
}

function gradesOf(
  relevant: readonly string[] | Readonly<Record<string, number>>,
): Map<string, number> {
  return Array.isArray(relevant)
    ? new Map(relevant.map((id: string) => [id, 1]))
    : new Map(Object.entries(relevant))
}

function countRelevant(grades: readonly number[]): number {
  return grades.filter((grade) => grade > 0).length
}

function discountedGain(grades: readonly number[]): number {
  return grades.reduce((sum, grade, index) => sum + Math.max(0, grade) / Math.log2(index + 2), 0)
}
