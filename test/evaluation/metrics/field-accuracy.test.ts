import { describe, expect, it } from 'vitest'
import { fieldAccuracy, type FlyerRow } from '../../../lambdas/evaluation/metrics/field-accuracy.ts'

const ramen = { product: '신라면 5개입', price: '3,980원' }
const milk = { product: '서울우유 1L', price: 2790 }

describe('field accuracy', () => {
  it.each<[string, FlyerRow, number]>([
    ['all right', { expected: [ramen, milk], read: [milk, ramen] }, 1],
    [
      'all right in another writing',
      {
        expected: [ramen, milk],
        read: [
          { product: '신라면5개입', price: '₩3980' },
          { product: '서울우유 1000ml', price: '２，７９０ 원' },
        ],
      },
      1,
    ],
    ['one price wrong', { expected: [ramen, milk], read: [ramen, { ...milk, price: 2970 }] }, 0.75],
    [
      'one price not read',
      { expected: [ramen, milk], read: [ramen, { ...milk, price: null }] },
      0.75,
    ],
    ['one item missed', { expected: [ramen, milk], read: [ramen] }, 0.5],
    ['one item invented', { expected: [ramen], read: [ramen, milk] }, 0.5],
    [
      'a name half right, its price right',
      { expected: [ramen], read: [{ product: '진라면 5개입', price: 3980 }] },
      0.5,
    ],
    ['nothing read', { expected: [ramen], read: [] }, 0],
    ['nothing there, one invented', { expected: [], read: [milk] }, 0],
    [
      'an item without a price',
      { expected: [{ product: '사과' }], read: [{ product: '사과' }] },
      1,
    ],
    [
      'a label whose price cannot be read',
      { expected: [{ product: '사과', price: '시세' }], read: [{ product: '사과', price: 100 }] },
      1,
    ],
    [
      'the same name twice, told apart by price',
      {
        expected: [
          { product: '사과', price: 1000 },
          { product: '사과', price: 2000 },
        ],
        read: [
          { product: '사과', price: 2000 },
          { product: '사과', price: 1000 },
        ],
      },
      1,
    ],
    ['the same item read twice', { expected: [ramen], read: [ramen, ramen] }, 0.5],
  ])('of %s', (_what, row, score) => {
    expect(fieldAccuracy.score(row).score).toBe(score)
  })

  it.each<[string, FlyerRow]>([
    ['without labels', { read: [ramen] }],
    ['without an answer', { expected: [ramen] }],
    ['of a flyer without items', { expected: [], read: [] }],
  ])('has no score, not 0, %s', (_what, row) => {
    const score = fieldAccuracy.score(row)
    expect(score.score).toBeNull()
    expect(score.rationale).not.toBe('')
  })

  it('says what was missed and what was invented', () => {
    const { parts } = fieldAccuracy.score({
      expected: [ramen],
      read: [{ product: '진짜장', price: 1 }],
    })
    expect(parts).toMatchObject({ missed: ['신라면 5개입'], invented: ['진짜장'], fields: 4 })
  })
})
