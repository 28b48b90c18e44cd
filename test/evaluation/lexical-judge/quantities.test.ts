import { describe, expect, it } from 'vitest'
import { quantitiesOf, sameQuantity } from '../../../lambdas/evaluation/lexical-judge/quantities.ts'

describe('quantities', () => {
  it.each([
    ['보장 한도는 3,000만원', ['30000000 won']],
    ['3천만 원', ['30000000 won']],
    ['1억 2천만원', ['120000000 won']],
    ['1만 2000원', ['12000 won']],
    ['₩5,000', ['5000 won']],
    ['$1.5 million', ['1500000 dollar']],
    ['가입 후 90일', ['90 day']],
    ['3영업일 이내', ['3 day']],
    ['2년 6개월', ['2 year', '6 month']],
    ['80퍼센트', ['80 %']],
    ['80 percent', ['80 %']],
    ['thirty days', ['30 day']],
    ['2024년 3월 5일', ['2024-03-05 date']],
    ['2024-03-05', ['2024-03-05 date']],
    ['March 5, 2024', ['2024-03-05 date']],
    ['5th Mar 2024', ['2024-03-05 date']],
    ['65세', ['65 year']],
    ['버전 2.4', ['2.4 ']],
    ['숫자가 없다', []],
  ])('of %j are %j', (text, quantities) => {
    expect(quantitiesOf(text).map(({ value, unit }) => `${value} ${unit}`)).toEqual(quantities)
  })

  it.each([
    ['30 days', '30일', true],
    ['30 days', '30', true],
    ['30 days', '30개월', false],
    ['30%', '31%', false],
  ])('%j and %j are the same: %s', (left, right, same) => {
    const [one, other] = [quantitiesOf(left)[0], quantitiesOf(right)[0]]
    expect(one && other && sameQuantity(one, other)).toBe(same)
  })
})
