import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { summarize } from '../../../lambdas/evaluation/metrics/metric.ts'
import {
  retrievalMap,
  retrievalMrr,
  retrievalNdcg,
  retrievalPrecision,
  retrievalRecall,
} from '../../../lambdas/evaluation/metrics/retrieval.ts'

interface Reference {
  readonly qrels: Record<string, Record<string, number>>
  readonly run: Record<string, Record<string, number>>
  readonly trec_eval: Record<string, Record<string, number>>
}

const reference = JSON.parse(
  readFileSync(new URL('data/ir-trec-eval-reference.json', import.meta.url), 'utf8'),
) as Reference

const rows = Object.entries(reference.run).map(([query, run]) => ({
  query,
  row: {
    retrieved: Object.entries(run)
      .toSorted(([, left], [, right]) => right - left)
      .map(([id]) => id),
    relevant: reference.qrels[query],
    k: 5,
  },
}))
const all = [
  [retrievalPrecision, 'P_5'],
  [retrievalRecall, 'recall_5'],
  [retrievalMrr, 'recip_rank'],
  [retrievalNdcg, 'ndcg_cut_5'],
  [retrievalMap, 'map'],
] as const

describe.each(all)('%o', (metric, measure) => {
  it(`equals trec_eval's ${measure} on every query`, () => {
    expect(rows).toHaveLength(40)
    for (const { query, row } of rows) {
      const expected = reference.trec_eval[query]?.[measure] ?? Number.NaN
      expect(metric.score(row).score, query).toBeCloseTo(expected, 12)
    }
  })

  it('equals its mean over the queries', () => {
    const expected = rows.map(({ query }) => reference.trec_eval[query]?.[measure] ?? Number.NaN)
    const { value, scored } = summarize(rows.map(({ row }) => metric.score(row)))
    expect(scored).toBe(40)
    expect(value).toBeCloseTo(expected.reduce((sum, each) => sum + each, 0) / 40, 12)
  })

  it.each([
    ['nothing is labelled', { retrieved: ['a'] }],
    ['nothing labelled is relevant', { retrieved: ['a'], relevant: { a: 0 } }],
    ['the list of relevant ids is empty', { retrieved: ['a'], relevant: [] }],
    ['nothing is known of the retrieval', { relevant: ['a'] }],
  ])('has no score, not 0, when %s', (_when, row) => {
    const score = metric.score(row)
    expect(score.score).toBeNull()
    expect(score.rationale).not.toBe('')
  })

  it('is 0 when nothing was retrieved', () => {
    expect(metric.score({ retrieved: [], relevant: ['a'] }).score).toBe(0)
  })

  it('lies within 0 and 1 whatever is retrieved', () => {
    const ids = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'), { maxLength: 12 })
    const grades = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd'),
      fc.integer({ min: 0, max: 3 }),
    )
    fc.assert(
      fc.property(ids, grades, fc.integer({ min: 1, max: 10 }), (retrieved, relevant, k) => {
        const { score } = metric.score({ retrieved, relevant, k })
        if (score === null) return
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1 + 1e-12)
      }),
    )
  })
})

it('an id that repeats counts once, at its first place', () => {
  const row = { retrieved: ['a', 'a', 'b'], relevant: ['a', 'b'], k: 2 }
  expect(retrievalPrecision.score(row).score).toBe(1)
  expect(retrievalMap.score(row).score).toBe(1)
})

it('a k that is no rank is refused', () => {
  expect(() => retrievalPrecision.score({ k: 0 })).toThrow('k is a whole number from 1 on')
})
