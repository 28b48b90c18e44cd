import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bootstrapMean } from '../../../lambdas/domain/statistics/bootstrap.ts'
import { wilsonInterval } from '../../../lambdas/domain/statistics/wilson-interval.ts'
import { metrics } from '../../../lambdas/evaluation/metrics/registry.ts'
import type { ScoredRow } from '../../../lambdas/evaluation/row.ts'
import { measure } from '../../../lambdas/evaluation/scoring/measure.ts'
import { scored, setting, withScore } from './rows.ts'

/** Bounds without what else an interval carries. */
function bounds(interval: { readonly lower: number; readonly upper: number } | null): {
  readonly lower: number | undefined
  readonly upper: number | undefined
} {
  return { lower: interval?.lower, upper: interval?.upper }
}

function times(count: number, row: ScoredRow): ScoredRow[] {
  return Array<ScoredRow>(count).fill(row)
}

describe('the figure of a row metric', () => {
  it('is the mean of the rows with a score; the others are counted, with why', () => {
    const rows = [
      withScore('faithfulness', 1),
      withScore('faithfulness', 0.5),
      withScore('faithfulness', 0.75),
      withScore('faithfulness', null, 'The answer claims nothing.'),
      scored({ failure: 'down' }),
      scored({ failure: 'down' }),
      scored(),
    ]
    expect(measure('faithfulness', rows, setting)).toMatchObject({
      metric: 'faithfulness',
      version: '1',
      value: 0.75,
      scored: 3,
      unscored: 4,
      samples: 3,
      method: 'bootstrap',
      rationale: 'Mean of 3 rows; 4 have no score.',
      parts: {
        reasons: [
          { reason: 'down', rows: 2 },
          { reason: 'The answer claims nothing.', rows: 1 },
          { reason: 'It was not scored.', rows: 1 },
        ],
      },
    })
  })

  it('has the interval of a bootstrap of the mean, by the seed and the confidence', () => {
    const values = Array.from({ length: 50 }, (_, index) => Math.abs(Math.sin(index)))
    const rows = values.map((value) => withScore('retrieval_ndcg', value))
    for (const confidence of [0.9, 0.95]) {
      const figure = measure('retrieval_ndcg', rows, { ...setting, confidence })
      expect(figure.method).toBe('bootstrap')
      expect(figure.interval).toEqual(bounds(bootstrapMean(values, { seed: 7, confidence })))
    }
  })

  it.each(['hallucination_rate', 'polite'])(
    'has the interval of a proportion where it is a yes or a no, as %s is',
    (name) => {
      const rows = [...times(28, withScore(name, 0)), ...times(2, withScore(name, 1))]
      const figure = measure(name, rows, setting)
      expect(figure).toMatchObject({ value: 2 / 30, method: 'wilson' })
      expect(figure.interval).toEqual(bounds(wilsonInterval(2, 30)))
    },
  )

  it('is a bootstrap where scores happen to be 0 and 1', () => {
    const rows = [
      ...times(5, withScore('faithfulness', 0)),
      ...times(5, withScore('faithfulness', 1)),
    ]
    expect(measure('faithfulness', rows, setting).method).toBe('bootstrap')
  })

  it('is not certain where every row has the best score, or the worst', () => {
    for (const [score, lower, upper] of [
      [1, wilsonInterval(30, 30)?.lower, 1],
      [0, 0, wilsonInterval(0, 30)?.upper],
    ] as const) {
      const figure = measure('faithfulness', times(30, withScore('faithfulness', score)), setting)
      expect(figure).toMatchObject({ value: score, method: 'wilson', interval: { lower, upper } })
    }
    expect(wilsonInterval(30, 30)?.lower).toBeLessThan(0.9)
  })

  it('has no interval where one row has a score between 0 and 1', () => {
    expect(measure('faithfulness', [withScore('faithfulness', 0.5)], setting)).toMatchObject({
      value: 0.5,
      interval: null,
      method: '',
    })
  })

  it('is null, not 0, where no row has a score', () => {
    const rows = times(3, scored({ failure: 'down' }))
    expect(measure('faithfulness', rows, setting)).toMatchObject({
      value: null,
      version: '1',
      scored: 0,
      unscored: 3,
      samples: 0,
      interval: null,
      method: '',
      rationale: 'None of 3 rows has a score.',
    })
    expect(measure('polite', [], setting)).toMatchObject({ value: null, version: '', unscored: 0 })
  })

  it('has the version of the scores, and all of them where there are several', () => {
    const of = (...versions: string[]): string =>
      measure(
        'answer_relevancy',
        versions.map((version) => withScore('answer_relevancy', 1, '', version)),
        setting,
      ).version
    expect(of('lexical-1', 'lexical-1')).toBe('lexical-1')
    expect(of('lexical-1', '1')).toBe('1, lexical-1')
  })

  it('has the version of the scores that count, not that of rows that failed', () => {
    const rows = [
      withScore('answer_relevancy', 1, '', 'lexical-1'),
      withScore('answer_relevancy', null, 'There is no answer.', '1'),
      scored({ failure: 'down' }),
    ]
    expect(measure('answer_relevancy', rows, setting).version).toBe('lexical-1')
  })

  it('of latency is no share, though every answer took one millisecond', () => {
    expect(measure('latency', times(30, scored({ milliseconds: 1 })), setting)).toMatchObject({
      method: 'bootstrap',
      interval: { lower: 1, upper: 1 },
    })
  })

  it('of latency is that of every row that was measured, though its score was not asked for', () => {
    const rows = [
      scored({ milliseconds: 100 }),
      scored({ milliseconds: 300 }),
      scored(),
      scored({ milliseconds: 9, failure: 'too large' }),
    ]
    expect(measure('latency', rows, setting)).toMatchObject({ value: 200, scored: 2, unscored: 2 })
  })
})

describe('the figure of a decision', () => {
  const decided = (predicted: boolean | undefined, actual: boolean | undefined): ScoredRow =>
    scored({
      outputs: predicted === undefined ? {} : { predicted },
      expectations: actual === undefined ? {} : { actual },
    })
  const rows = [
    ...times(8, decided(true, true)),
    ...times(2, decided(true, false)),
    ...times(4, decided(false, true)),
    ...times(86, decided(false, false)),
    decided(true, undefined),
    decided(undefined, true),
    scored({ outputs: { predicted: true }, expectations: { actual: true }, failure: 'lost' }),
  ]

  it.each([
    ['classification_precision', 8, 10],
    ['classification_recall', 8, 12],
  ])('%s is a proportion of its trials, which are what it rests on', (name, successes, trials) => {
    const figure = measure(name, rows, setting)
    expect(figure).toMatchObject({
      value: successes / trials,
      scored: 100,
      unscored: 3,
      samples: trials,
      method: 'wilson',
    })
    expect(figure.interval).toEqual(bounds(wilsonInterval(successes, trials)))
  })

  it('F1 is drawn anew from the rows with both', () => {
    const figure = measure('classification_f1', rows, setting)
    expect(figure).toMatchObject({ value: 16 / 22, scored: 100, samples: 100, method: 'bootstrap' })
    expect(figure.interval?.lower).toBeLessThan(16 / 22)
    expect(figure.interval?.upper).toBeGreaterThan(16 / 22)
  })

  it('is null and rests on nothing where there is nothing to divide by', () => {
    expect(
      measure('classification_precision', times(9, decided(false, true)), setting),
    ).toMatchObject({
      value: null,
      scored: 0,
      unscored: 9,
      samples: 0,
      interval: null,
      method: '',
    })
  })

  it('straight-through processing is a proportion of what is known', () => {
    const cases = [
      ...times(7, scored({ outputs: { straightThrough: true } })),
      ...times(3, scored({ outputs: { straightThrough: false } })),
      ...times(5, scored({ outputs: {} })),
    ]
    const figure = measure('straight_through_processing_rate', cases, setting)
    expect(figure).toMatchObject({ value: 0.7, scored: 10, unscored: 5, samples: 10 })
    expect(figure.interval).toEqual(bounds(wilsonInterval(7, 10)))
  })

  it('the coverage of outcomes is a proportion of all units', () => {
    const units = [
      scored({ expectations: { actual: false } }),
      scored({ outputs: { straightThrough: false } }),
      scored({ outputs: { predicted: true } }),
      scored(),
    ]
    expect(measure('outcome_coverage', units, setting)).toMatchObject({
      value: 0.5,
      scored: 4,
      samples: 4,
      method: 'wilson',
      interval: bounds(wilsonInterval(2, 4)),
    })
  })
})

describe('graph coverage', () => {
  const graph = {
    nodes: ['e', 'c1', 'c2', 'far'],
    edges: [
      ['e', 'c1'],
      ['c1', 'c2'],
    ] as [string, string][],
    entries: ['e'],
    hops: 1,
    digest: 'abc',
  }
  const asking = (id: string, clauses: string[], entries?: string[]): ScoredRow =>
    scored({ id, expectations: { clauses, ...(entries && { entries }) } })
  const rows = [
    asking('q1', ['c1', 'c2']),
    asking('q2', ['c2'], ['c1']),
    { ...asking('q3', ['far', 'gone']), failure: 'the application was down' },
    scored({ id: 'q4' }),
  ]

  it('is a proportion of clauses, rests on questions, and does not depend on answers', () => {
    const figure = measure('graph_coverage', rows, { ...setting, graph })
    expect(figure).toMatchObject({
      value: 2 / 5,
      scored: 3,
      unscored: 1,
      samples: 3,
      method: 'wilson',
      parts: { graph: 'abc', absent: ['q3: gone'], unreachable: ['q1: c2', 'q3: far'] },
    })
    expect(figure.interval).toEqual(bounds(wilsonInterval(2, 5)))
  })

  it('follows as many edges as retrieval does', () => {
    const further = { ...setting, graph: { ...graph, hops: 2 } }
    expect(measure('graph_coverage', rows, further).value).toBe(3 / 5)
  })

  it('has no figure without the graph', () => {
    expect(measure('graph_coverage', rows, setting)).toMatchObject({
      value: null,
      scored: 0,
      rationale: 'The benchmark names no graph.',
    })
  })
})

describe('calibration', () => {
  const rows = [
    ...times(6, scored({ outputs: { confidence: 0.9 }, expectations: { correct: true } })),
    ...times(
      4,
      scored({ outputs: { confidence: 0.9, predicted: true }, expectations: { actual: false } }),
    ),
    scored({ outputs: { confidence: 0.9 } }),
    scored({ outputs: 'x', expectations: { correct: true } }),
  ]

  it('compares confidence with correctness, and says how that is known', () => {
    const figure = measure('expected_calibration_error', rows, setting)
    expect(figure).toMatchObject({
      scored: 10,
      unscored: 2,
      method: 'bootstrap',
      parts: { known: 10, unknown: 2, correctFrom: { label: 6, decision: 4 } },
    })
    expect(figure.value).toBeCloseTo(0.3, 12)
    expect(figure.interval?.lower).toBeLessThan(0.3)
    expect(figure.interval?.upper).toBeGreaterThan(0.3)
  })
})

describe('operation', () => {
  const rows = [10, 20, 30, 40].map((tokens, index) =>
    scored({
      milliseconds: (index + 1) * 100,
      inputTokens: tokens,
      outputTokens: 1,
      costNanoUsd: tokens * 1_000_000,
    }),
  )

  it.each([
    ['tokens_per_row', 26, [11, 21, 31, 41]],
    ['cost_per_row_usd', 0.025, [0.01, 0.02, 0.03, 0.04]],
  ])('%s is a mean', (name, value, values) => {
    const figure = measure(name, [...rows, scored(), scored({ ...rows[0], failure: 'x' })], setting)
    expect(figure).toMatchObject({ scored: 4, unscored: 2, samples: 4, method: 'bootstrap' })
    expect(figure.value).toBeCloseTo(value, 12)
    const expected = bounds(bootstrapMean(values, { seed: 7 }))
    expect(figure.interval?.lower).toBeCloseTo(expected.lower ?? Number.NaN, 12)
    expect(figure.interval?.upper).toBeCloseTo(expected.upper ?? Number.NaN, 12)
  })

  it('latency_p95 is drawn anew too', () => {
    const figure = measure('latency_p95', rows, setting)
    expect(figure).toMatchObject({ value: 400, scored: 4, method: 'bootstrap' })
    expect(figure.interval?.upper).toBe(400)
    expect(figure.interval?.lower).toBeLessThan(400)
  })
})

describe('any figure', () => {
  const anyScore = fc.option(fc.constantFrom(0, 0.25, 0.5, 1), { nil: null })
  const anyRow = fc.record({
    failure: fc.option(fc.constant('down'), { nil: null, freq: 5 }),
    outputs: fc.oneof(
      fc.jsonValue(),
      fc.record({ predicted: fc.boolean(), confidence: fc.double() }),
    ),
    expectations: fc.record({ actual: fc.boolean(), correct: fc.boolean() }, { requiredKeys: [] }),
    milliseconds: fc.option(fc.nat(10_000), { nil: null }),
    inputTokens: fc.option(fc.nat(9), { nil: null }),
    outputTokens: fc.constant(1),
    costNanoUsd: fc.option(fc.nat(9), { nil: null }),
    score: anyScore,
  })

  it.each([...Object.keys(metrics), 'polite'])(
    '%s accounts for every row, whatever it holds',
    (name) => {
      fc.assert(
        fc.property(fc.array(anyRow, { maxLength: 8 }), (drawn) => {
          const rows = drawn.map(({ score, ...row }) =>
            scored({ ...row, scores: withScore(name, score).scores } as Partial<ScoredRow>),
          )
          const figure = measure(name, rows, setting)
          expect(figure.scored + figure.unscored).toBe(rows.length)
          expect(figure.value === null).toBe(figure.samples === 0)
          expect(figure.interval === null).toBe(figure.method === '')
          if (figure.value === null) expect(figure.interval).toBeNull()
          if (figure.interval !== null) {
            expect(figure.interval.lower).toBeLessThanOrEqual(figure.interval.upper)
          }
        }),
        { numRuns: 15 },
      )
    },
  )

  it('is the same each time', () => {
    const rows = Array.from({ length: 20 }, (_, index) =>
      scored({ milliseconds: index, scores: withScore('faithfulness', (index % 7) / 6).scores }),
    )
    for (const name of ['faithfulness', 'latency_p95']) {
      expect(measure(name, rows, setting)).toEqual(measure(name, rows, setting))
    }
  })
})
