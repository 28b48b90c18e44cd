import { describe, expect, it } from 'vitest'
import { parsePrice, samePrice } from '../../../lambdas/evaluation/metrics/price.ts'

describe('a price', () => {
  it.each([
    ['1,990원', 1990, 'KRW'],
    ['₩1,990', 1990, 'KRW'],
    ['￦ １，９９０', 1990, 'KRW'],
    ['1990 won', 1990, 'KRW'],
    ['KRW 1\u00A0990', 1990, 'KRW'],
    ['1.990원', 1990, 'KRW'],
    ['2천원', 2000, 'KRW'],
    ['1.5만원', 15_000, 'KRW'],
    ['1만 2천원', 12_000, 'KRW'],
    ['3만5000원', 35_000, 'KRW'],
    ['1억 2천만원', 120_000_000, 'KRW'],
    ['3,000천원', 3_000_000, 'KRW'],
    ['특가 5,000원부터', 5000, 'KRW'],
    ['2개 5,000원', 5000, 'KRW'],
    ['1+1 5,000원', 5000, 'KRW'],
    ['30% 할인 6,930원', 6930, 'KRW'],
    ['6,930원 (6,930원)', 6930, 'KRW'],
    ['$1.99', 1.99, 'USD'],
    ['US$ 1,299.50', 1299.5, 'USD'],
    ['1.299,50 €', 1299.5, 'EUR'],
    ["1'299.50", 1299.5, null],
    ['12,345', 12_345, null],
    ['990', 990, null],
  ])('%j is %d %s', (text, amount, currency) => {
    const price = parsePrice(text)
    expect(price?.amount).toBeCloseTo(amount, 9)
    expect(price?.currency).toBe(currency)
  })

  it.each([
    '',
    '시세',
    '가격 문의',
    '10,000원 → 7,900원',
    '500g',
    '30%',
    '원산지 국내산',
    '5개',
    '500 1000',
  ])('cannot be read in %j', (text) => {
    expect(parsePrice(text)).toBeNull()
  })

  it('may be a number', () => {
    expect(parsePrice(1990)).toEqual({ amount: 1990, currency: null })
    expect(parsePrice(Number.NaN)).toBeNull()
    expect(parsePrice(-1)).toBeNull()
  })

  it('equals another when the amounts do and no currency contradicts', () => {
    const won = { amount: 1990, currency: 'KRW' }
    expect(samePrice(won, { amount: 1990, currency: null })).toBe(true)
    expect(samePrice(won, { amount: 1990, currency: 'USD' })).toBe(false)
    expect(samePrice(won, { amount: 1991, currency: 'KRW' })).toBe(false)
  })
})
