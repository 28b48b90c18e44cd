import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { matchNames } from '../../../lambdas/evaluation/metrics/product-name.ts'

describe('two product names', () => {
  it.each([
    ['신라면 5개입', '신라면5개입'],
    ['서울우유 나100% 1L', '서울 우유 나 100% 1000ml'],
    ['삼겹살 1kg', '삼겹살 1,000g'],
    ['[행사] 햇반 210g', '햇반 행사 210ｇ'],
    ['코카콜라 1.5L', '코카콜라 1.5 ℓ'],
    ['신라면 120g 5개입', '신라면 5개입'],
    ['Corn Flakes 500g', 'CORN FLAKES 500 G'],
  ])('%j and %j mean the same', (left, right) => {
    expect(matchNames(left, right).matches).toBe(true)
    expect(matchNames(right, left).matches).toBe(true)
  })

  it.each([
    ['우유 500ml', '우유 900ml'],
    ['유기농 저지방 고칼슘 흰 우유 500ml', '유기농 저지방 고칼슘 흰 우유 900ml'],
    ['신라면 매운맛', '신라면 순한맛'],
    ['사과', '배'],
    ['', '사과'],
    ['', ''],
    ['1.5 우유', '15 우유'],
  ])('%j and %j do not', (left, right) => {
    expect(matchNames(left, right).matches).toBe(false)
    expect(matchNames(right, left).matches).toBe(false)
  })

  it('agree as much either way round', () => {
    const names = fc
      .array(fc.constantFrom('우유', '1L', '500 g', '신라면', 'a', '(', '100%'), { maxLength: 6 })
      .map((words) => words.join(' '))
    fc.assert(
      fc.property(names, names, (left, right) => {
        expect(matchNames(left, right)).toEqual(matchNames(right, left))
      }),
    )
  })
})
