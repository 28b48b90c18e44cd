import { describe, expect, it } from 'vitest'
import { answerRelevancy } from '../../../lambdas/evaluation/metrics/judged-relevancy.ts'

const judge = 'fake'
const generated = (similarity: number, noncommittal = false) => ({
  question: 'What?',
  similarity,
  noncommittal,
})

describe('answer relevancy', () => {
  it('is the mean likeness of the questions that the answer would answer', () => {
    const score = answerRelevancy.score({
      judge,
      generated: [generated(0.9), generated(0.6), generated(0.6)],
    })
    expect(score.score).toBeCloseTo(0.7, 12)
    expect(score).toMatchObject({ name: 'answer_relevancy', version: '1' })
  })

  it('is 0 for an answer that says only that it does not know, as all of them say', () => {
    expect(
      answerRelevancy.score({ judge, generated: [generated(0.9, true), generated(0.9, true)] })
        .score,
    ).toBe(0)
    expect(
      answerRelevancy.score({ judge, generated: [generated(0.9, true), generated(0.9)] }).score,
    ).toBe(0.9)
  })

  it('is never below 0', () => {
    expect(answerRelevancy.score({ judge, generated: [generated(-0.4)] }).score).toBe(0)
  })

  it('is null without a verdict', () => {
    expect(answerRelevancy.score({ judge, generated: null }).score).toBeNull()
    expect(answerRelevancy.score({ judge, generated: [] }).score).toBeNull()
  })
})
