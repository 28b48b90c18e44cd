import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ComparableRow,
  compareEvaluations,
  type MetricComparison,
} from '../../../lambdas/evaluation/api/compare-evaluations.ts'

/** Made by data/comparison.py. */
const reference = JSON.parse(
  readFileSync(new URL('data/comparison.json', import.meta.url), 'utf8'),
) as {
  scores: Record<string, { baseline: number[]; candidate: number[] }>
  expected: Record<string, Record<string, number>>
}

const better = {
  faithfulness: 'higher',
  expected_error: 'lower',
  answer_relevancy: 'higher',
  rests_on_clauses: 'higher',
} as const

function rowsOf(side: 'baseline' | 'candidate'): ComparableRow[] {
  return Array.from({ length: 14 }, (_, row) => ({
    id: `row-${row}`,
    scores: Object.fromEntries(
      Object.entries(reference.scores).map(([metric, scores]) => [metric, scores[side][row] ?? 0]),
    ),
  }))
}

const metrics = Object.entries(better).map(([metric, direction]) => ({ metric, better: direction }))
const of = (metric: string, scores: readonly (number | null)[]): ComparableRow[] =>
  scores.map((score, row) => ({ id: `row-${row}`, scores: { [metric]: score } }))
const m = [{ metric: 'm', better: 'higher' as const }]
const only = (
  baseline: readonly (number | null)[],
  candidate: readonly (number | null)[],
): MetricComparison =>
  compareEvaluations(of('m', baseline), of('m', candidate), m, 1).metrics[0] as MetricComparison

describe('a comparison of two evaluations', () => {
  const found = compareEvaluations(rowsOf('baseline'), rowsOf('candidate'), metrics, 7)

  it.each(found.metrics.map((each) => [each.metric, each] as const))(
    'on %s has the numbers of scipy',
    (metric, comparison) => {
      for (const [name, value] of Object.entries(reference.expected[metric] ?? {})) {
        expect(comparison[name as keyof MetricComparison], name).toBeCloseTo(value, 6)
      }
    },
  )

  it('gives its verdict in the direction in which the metric is better', () => {
    expect(found.metrics.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['faithfulness', 'better'],
      ['expected_error', 'worse'],
      ['answer_relevancy', 'no evidence'],
      ['rests_on_clauses', 'better'],
    ])
  })

  it('tests a yes or no by McNemar, and other scores by the signs of their differences', () => {
    expect(found.metrics.map(({ test, yesNo }) => [test, yesNo])).toEqual([
      ['exact sign flips', false],
      ['exact sign flips', false],
      ['exact sign flips', false],
      ['exact McNemar', true],
    ])
  })

  it('has an interval that holds the difference, the same each time', () => {
    for (const { lower, upper, difference } of found.metrics) {
      expect(lower).toBeLessThanOrEqual(difference ?? Number.NaN)
      expect(upper).toBeGreaterThanOrEqual(difference ?? Number.NaN)
    }
    expect(compareEvaluations(rowsOf('baseline'), rowsOf('candidate'), metrics, 7)).toEqual(found)
  })

  it('corrects for the number of metrics: what one test would call evidence, eight do not', () => {
    // p of a sign-flip test of 6 differences of one sign: 2 / 2^6.
    const [low, high] = [
      of('m', [0.1, 0.2, 0.3, 0.1, 0.2, 0.3]),
      of('m', [0.2, 0.3, 0.5, 0.3, 0.4, 0.5]),
    ]
    const spread = (rows: ComparableRow[]): ComparableRow[] =>
      rows.map(({ id, scores }) => ({
        id,
        scores: Object.fromEntries(
          Array.from({ length: 8 }, (_, n) => [`m${n}`, scores['m'] ?? 0]),
        ),
      }))
    expect(compareEvaluations(low, high, m, 1).metrics[0]).toMatchObject({
      p: 1 / 32,
      verdict: 'better',
    })
    const eight = Array.from({ length: 8 }, (_, n) => ({
      metric: `m${n}`,
      better: 'higher' as const,
    }))
    for (const each of compareEvaluations(spread(low), spread(high), eight, 1).metrics) {
      expect(each).toMatchObject({ p: 1 / 32, adjustedP: 8 / 32, verdict: 'no evidence' })
    }
  })

  it('pairs rows by id, not by place, and names those without a partner', () => {
    const baseline = of('m', [0.1, 0.2, 0.3])
    const candidate = [
      { id: 'row-2', scores: { m: 0.3 } },
      { id: 'row-9', scores: { m: 0.9 } },
      { id: 'row-0', scores: { m: 0.1 } },
    ]
    expect(compareEvaluations(baseline, candidate, m, 1)).toMatchObject({
      metrics: [{ pairs: 2, difference: 0, unpaired: 0 }],
      onlyBaseline: ['row-1'],
      onlyCandidate: ['row-9'],
    })
  })

  it('leaves out, and counts, rows that only one of them could score', () => {
    expect(only([0.1, null, 0.3, null], [0.2, 0.5, null, null])).toMatchObject({
      pairs: 1,
      unpaired: 2,
      baseline: 0.1,
      candidate: 0.2,
    })
  })

  it('has no evidence, and no p, where there are no pairs', () => {
    expect(only([null], [0.5])).toMatchObject({
      pairs: 0,
      p: null,
      adjustedP: null,
      difference: null,
      lower: null,
      verdict: 'no evidence',
    })
  })

  it('has no evidence where nothing differs', () => {
    expect(only([1, 0, 1], [1, 0, 1])).toMatchObject({
      p: 1,
      difference: 0,
      smallestDetectable: null,
      verdict: 'no evidence',
    })
  })

  it('says the opposite when the two are swapped', () => {
    const score = fc.option(fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10))
    const opposite = { better: 'worse', worse: 'better', 'no evidence': 'no evidence' }
    fc.assert(
      fc.property(fc.array(fc.tuple(score, score), { maxLength: 8 }), (pairs) => {
        const [left, right] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)]
        const [there, back] = [only(left, right), only(right, left)]
        expect(back.verdict).toBe(opposite[there.verdict])
        expect(back.p).toBe(there.p)
        expect(back.pairs).toBe(there.pairs)
      }),
      { numRuns: 25 },
    )
  })
})
