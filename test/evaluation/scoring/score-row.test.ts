import { describe, expect, it } from 'vitest'
import type { Judge } from '../../../lambdas/evaluation/judges/judge.ts'
import { isMetric, metrics } from '../../../lambdas/evaluation/metrics/registry.ts'
import type { AnsweredRow } from '../../../lambdas/evaluation/row.ts'
import {
  needsJudge,
  rowMetricsOf,
  scoreByCode,
  scoreRow,
} from '../../../lambdas/evaluation/scoring/score-row.ts'
import { scored } from './rows.ts'

function judge(scoreRowOf: Judge['scoreRow']): Judge {
  return {
    identity: { name: 'fake', model: '', embeddingModel: '', promptVersions: {} },
    canScore: () => true,
    scoreRow: scoreRowOf,
    flush: () => Promise.resolve(),
  }
}

const yes: Judge['scoreRow'] = (_row, names) =>
  Promise.resolve(
    names.map((name) => ({ name, version: '9', score: 1, rationale: 'Yes.', parts: {} })),
  )

describe('row metrics', () => {
  it('are those that each row has a score of, and criteria', () => {
    expect(
      rowMetricsOf([
        'polite',
        'faithfulness',
        'graph_coverage',
        'latency',
        'latency_p95',
        'conformance',
      ]),
    ).toEqual(['polite', 'faithfulness', 'latency'])
  })

  it('are each scored by code or by a judge', () => {
    const row = scored({
      outputs: { retrieved: ['a'], items: [] },
      milliseconds: 3,
      expectations: { relevant: ['a'], items: [{ product: 'x' }] },
    })
    for (const name of rowMetricsOf(Object.keys(metrics))) {
      if (needsJudge(name)) continue
      expect(scoreByCode(name, row, 1)).toMatchObject({ name, score: expect.any(Number) as number })
    }
    expect(rowMetricsOf(Object.keys(metrics)).filter((name) => needsJudge(name))).toEqual([
      'context_precision',
      'faithfulness',
      'hallucination_rate',
      'citation_accuracy',
      'answer_relevancy',
    ])
  })
})

describe('a score by code', () => {
  const row: AnsweredRow = scored({
    outputs: { retrieved: ['a', 'x', 'b'] },
    expectations: { relevant: { a: 2, b: 1, c: 0 } },
    milliseconds: 250,
  })

  it.each([
    ['retrieval_precision', 0.5],
    ['retrieval_recall', 0.5],
    ['retrieval_mrr', 1],
    ['retrieval_map', (1 + 2 / 3) / 2],
    ['latency', 250],
  ])('of %s is that of the scorer with the labels and k', (name, score) => {
    expect(scoreByCode(name, row, 2)).toMatchObject({ name, version: '1', score })
  })

  it('of a flyer compares labelled items with those that were read', () => {
    const flyer = scored({
      outputs: { items: [{ product: '신라면 5개입', price: '3,980원' }] },
      expectations: { items: [{ product: '신라면5개입', price: 3980 }, { product: '두부' }] },
    })
    expect(scoreByCode('field_accuracy', flyer, 5).score).toBe(2 / 3)
  })

  it('is null where the row does not say how long its answer took', () => {
    expect(scoreByCode('latency', scored(), 5).score).toBeNull()
  })
})

describe('a row that is scored', () => {
  const names = ['polite', 'latency', 'faithfulness', 'answer_relevancy']

  it('asks the judge once, and has its scores in the order asked', async () => {
    const asked: (readonly string[])[] = []
    const scores = await scoreRow(scored({ milliseconds: 5 }), names, {
      k: 5,
      judge: judge((row, these) => {
        asked.push(these)
        return yes(row, these.toReversed())
      }),
    })
    expect(asked).toEqual([['polite', 'faithfulness', 'answer_relevancy']])
    expect(scores).toMatchObject([
      { name: 'polite', score: 1, version: '9' },
      { name: 'latency', score: 5 },
      { name: 'faithfulness', score: 1 },
      { name: 'answer_relevancy', score: 1 },
    ])
  })

  it('that failed has no score, for the reason of the failure, and the judge is not asked', async () => {
    const scores = await scoreRow(scored({ failure: 'down', milliseconds: 5 }), names, {
      k: 5,
      judge: judge(() => Promise.reject(new Error('asked'))),
    })
    expect(scores.map(({ name }) => name)).toEqual(names)
    for (const score of scores) expect(score).toMatchObject({ score: null, rationale: 'down' })
  })

  it('has no score where the judge left one out, which may be tried again', async () => {
    const [score] = await scoreRow(scored(), ['polite'], {
      k: 5,
      judge: judge(() => Promise.resolve([])),
    })
    expect(score).toMatchObject({
      score: null,
      rationale: 'The judge left it out.',
      parts: { technical: true },
    })
  })

  it('has no score where there is no judge', async () => {
    expect(await scoreRow(scored(), ['polite'], { k: 5 })).toMatchObject([
      { score: null, rationale: 'There is no judge.' },
    ])
  })
})

it('a criterion is no metric, whatever it is called', () => {
  expect(isMetric('toString')).toBe(false)
  expect(needsJudge('toString')).toBe(true)
})
