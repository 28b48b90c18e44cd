import { describe, expect, it } from 'vitest'
import type { ScoredRow } from '../../../lambdas/evaluation/row.ts'
import { correctnessOf } from '../../../lambdas/evaluation/scoring/correctness.ts'
import { scored, withScore } from './rows.ts'

const faithful = (score: number | null): ScoredRow['scores'] =>
  withScore('faithfulness', score).scores

describe('whether an answer is right', () => {
  it.each<[string, Partial<ScoredRow>, ReturnType<typeof correctnessOf>]>([
    [
      'is what the label says, before all else',
      {
        outputs: { answer: 'yes', predicted: true },
        expectations: { correct: false, actual: true, answer: 'yes' },
        scores: faithful(1),
      },
      { correct: false, from: 'label' },
    ],
    [
      'is whether a decision is equal to its label',
      { outputs: { predicted: false }, expectations: { actual: true }, scores: faithful(1) },
      { correct: false, from: 'decision' },
    ],
    [
      'is yes for the expected answer, however it is written',
      {
        outputs: ' ＳＥＶＥＮ  days. ',
        expectations: { answer: 'seven days' },
        scores: faithful(0),
      },
      { correct: true, from: 'expected answer' },
    ],
    [
      'is whether every claim is supported, where the answer is written in other words',
      { outputs: 'a week', expectations: { answer: 'seven days' }, scores: faithful(1) },
      { correct: true, from: 'faithfulness' },
    ],
    [
      'is no where one claim of several is not supported',
      { outputs: 'a week', scores: faithful(0.9) },
      { correct: false, from: 'faithfulness' },
    ],
    [
      'is no for another answer than the expected one, where nobody judged it',
      { outputs: 'a week', expectations: { answer: 'seven days' }, scores: faithful(null) },
      { correct: false, from: 'expected answer' },
    ],
    ['is unknown where nothing says', { outputs: 'a week', expectations: { actual: true } }, null],
    ['is unknown without an answer', { expectations: { answer: 'seven days' } }, null],
    ['is unknown of a row that failed', { failure: 'down', expectations: { correct: true } }, null],
  ])('%s', (_name, row, expected) => {
    expect(correctnessOf(scored(row))).toEqual(expected)
  })

  it('hangs on every letter and digit of the expected answer', () => {
    const row = scored({ outputs: '14일', expectations: { answer: '15일' } })
    expect(correctnessOf(row)?.correct).toBe(false)
  })
})
