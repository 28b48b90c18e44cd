import { describe, expect, it } from 'vitest'
import type { Goal } from '../../../lambdas/domain/goal.ts'
import { endOfRows } from '../../../lambdas/evaluation/conclude/end-of-rows.ts'
import { measureFigures } from '../../../lambdas/evaluation/conclude/figures.ts'
import { interning, slimRow } from '../../../lambdas/evaluation/conclude/slim-row.ts'
import { metrics } from '../../../lambdas/evaluation/metrics/registry.ts'
import type { ScoredRow } from '../../../lambdas/evaluation/row.ts'
import { measure, type MeasureSetting } from '../../../lambdas/evaluation/scoring/measure.ts'
import { FakeArtifacts } from './fakes.ts'
import { away, failedRow, row, scored, writeEvaluation } from './rows.ts'

const setting: MeasureSetting = {
  k: 5,
  seed: 1,
  confidence: 0.95,
  graph: { nodes: ['n', 'c1'], edges: [['n', 'c1']], entries: ['n'], digest: 'g' },
  conformance: { missing: 'none' },
}

/** Forty rows, of which some are not faithful. */
const rows = (unfaithful: number) =>
  Array.from({ length: 40 }, (_, index) =>
    row(String(index), { scores: [scored('faithfulness', index < unfaithful ? 0 : 1)] }),
  )

const figureOf = (goal: Goal, unfaithful: number) =>
  measureFigures(['faithfulness'], [goal], rows(unfaithful), setting)[0]

const goal: Goal = { metric: 'faithfulness', comparator: 'atLeast', target: 0.9 }

describe('a figure and its goal', () => {
  it('is met, missed or unproven by the estimate and the samples', () => {
    expect(figureOf(goal, 4)?.verdict).toBe('met')
    expect(figureOf(goal, 5)?.verdict).toBe('missed')
    expect(figureOf({ ...goal, minSamples: 41 }, 0)?.verdict).toBe('unproven')
  })

  it('is judged by an interval of the confidence that the goal asks for, and shown with 95 %', () => {
    const plain = figureOf(goal, 2)
    // With 2 of 40 unfaithful, 0.95 is estimated: 50 % are sure of 0.9, 95 % are not.
    const bold = figureOf({ ...goal, confidence: 0.5 }, 2)
    const careful = figureOf({ ...goal, confidence: 0.95 }, 2)
    expect([plain?.verdict, bold?.verdict, careful?.verdict]).toEqual(['met', 'met', 'unproven'])
    expect(bold?.lower).toBe(plain?.lower)
    expect(bold?.upper).toBe(plain?.upper)
  })

  it('is measured without a goal, too, in the order of the metrics', () => {
    const figures = measureFigures(['latency', 'faithfulness'], [goal], rows(0), setting)
    expect(figures.map(({ metric, verdict }) => [metric, verdict])).toEqual([
      ['latency', null],
      ['faithfulness', 'met'],
    ])
  })
})

describe('what is kept of a row for figures', () => {
  const whole: ScoredRow[] = [
    row('1', {
      outputs: {
        answer: 'Yes.',
        confidence: 0.8,
        predicted: true,
        straightThrough: true,
        items: [],
      },
      expectations: { answer: 'yes', actual: true, clauses: ['c1'], relevant: ['c1'] },
      inputTokens: 10,
      outputTokens: 2,
      costNanoUsd: 7,
      scores: [
        scored('faithfulness', 0.5),
        scored('is_polite', 1),
        {
          name: 'conformance',
          version: '1',
          score: 0.9,
          rationale: 'One step is missing.',
          parts: {
            cost: 1,
            worst: 10,
            produced: 5,
            consumed: 5,
            missing: 1,
            remaining: 1,
            steps: ['a', 'b'],
          },
        },
      ],
    }),
    row('2', {
      outputs: { answer: 'It covers theft!', confidence: 0.7 },
      expectations: { answer: 'It covers theft.', correct: false, clauses: ['c2'] },
      scores: [away('faithfulness')],
    }),
    row('3', { outputs: 'A text.', expectations: {} }),
    row('4', { outputs: 'It covers theft!', expectations: { answer: 'It covers theft.' } }),
    failedRow('5', 'No answer.'),
  ]
  const slim = whole.map((each) => slimRow(each, interning()))

  it.each([...Object.keys(metrics), 'is_polite'])(
    'gives the same %s as the whole row',
    (metric) => {
      expect(measure(metric, slim, setting)).toEqual(measure(metric, whole, setting))
    },
  )

  it('has neither questions nor contexts nor what was said of scores', () => {
    const kept = JSON.stringify(slim)
    for (const text of [
      'What does clause',
      'Theft is covered',
      'It is 0.5',
      'A text.',
      '"steps"',
    ]) {
      expect(kept).not.toContain(text)
    }
  })
})

describe('how an evaluation ended, by its rows', () => {
  const end = async (kept: readonly ScoredRow[], rejected = 0, technicalReasons: string[] = []) =>
    endOfRows(await writeEvaluation(new FakeArtifacts(), 'ev', [kept], { rejected }), {
      rows: kept,
      technicalReasons,
    })

  it('is completed when every row has an answer', async () => {
    expect(await end([row('1')])).toEqual({ status: 'completed', reason: '' })
  })

  it('has failed when no row has an answer', async () => {
    expect(await end([failedRow('1', 'Nobody answered.')])).toMatchObject({ status: 'failed' })
  })

  it('has failed without any row', async () => {
    expect(await end([], 3)).toEqual({
      status: 'failed',
      reason:
        'There were no rows. 3 rows of the dataset did not fit; rejected.jsonl of the evaluation says why.',
    })
  })

  it('names how often the most frequent reason of several was', async () => {
    const failed = [failedRow('2', 'Nobody answered'), failedRow('3', 'Nobody answered')]
    expect(await end([row('1'), ...failed, failedRow('4', 'It was late.')])).toEqual({
      status: 'incomplete',
      reason: '3 of 4 rows failed: Nobody answered (2 times, most often).',
    })
  })

  it('is incomplete for what the judge left open, though every row was answered', async () => {
    expect(await end([row('1')], 0, ['The judge answered 503.'])).toEqual({
      status: 'incomplete',
      reason: '1 score could not be had: The judge answered 503.',
    })
  })
})
