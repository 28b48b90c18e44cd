import { describe, expect, it } from 'vitest'
import { lexicalAnswerRelevancy } from '../../../lambdas/evaluation/lexical-judge/answer-relevancy.ts'

const score = (question?: string, answer?: string): number | null =>
  lexicalAnswerRelevancy.score({ question, answer }).score

describe('the lexical answer relevancy', () => {
  it('is higher for an answer on the subject than for one on another', () => {
    const question = '암 진단비의 면책기간은 얼마인가요?'
    const on = score(question, '암 진단비의 면책기간은 90일입니다.') ?? Number.NaN
    const off = score(question, '자동차 보험은 매년 갱신됩니다.') ?? Number.NaN
    expect(on).toBeGreaterThan(0.9)
    expect(off).toBeLessThan(0.2)
  })

  it.each(['잘 모르겠습니다.', '제공된 자료에서 확인할 수 없습니다.', "I don't know."])(
    'is 0 for %j',
    (answer) => {
      expect(score('면책기간은 90일입니까', answer)).toBe(0)
    },
  )

  it.each([
    [undefined, '답'],
    ['면책기간은?', undefined],
    ['면책기간은?', ' '],
    ['왜 어떻게?', '답'],
  ])('of %j and %j has no score, not 0', (question, answer) => {
    expect(score(question, answer)).toBeNull()
  })
})
