import { describe, expect, it } from 'vitest'
import type { ScoredRow } from '../../../lambdas/evaluation/row.ts'
import {
  answerOf,
  confidenceOf,
  itemsOf,
  predictedOf,
  retrievedOf,
  straightThroughOf,
} from '../../../lambdas/evaluation/scoring/row-content.ts'
import { scored } from './rows.ts'

const contexts = [
  { id: 'c1', text: 'one' },
  { id: 'c2', text: 'two' },
]
const outputs = (value: unknown): ScoredRow => scored({ outputs: value as ScoredRow['outputs'] })

describe('of a row', () => {
  it.each([
    ['Yes.', 'Yes.'],
    [{ answer: 'Yes.' }, 'Yes.'],
    [{ answer: 7 }, undefined],
    [{}, undefined],
    [['Yes.'], undefined],
    [null, undefined],
    [undefined, undefined],
  ])('with outputs %j the answer is %j', (value, answer) => {
    expect(answerOf(outputs(value))).toBe(answer)
  })

  it('what was retrieved is what the outputs say, or else the contexts', () => {
    expect(retrievedOf(scored({ contexts, outputs: { retrieved: ['x'] } }))).toEqual(['x'])
    expect(retrievedOf(scored({ contexts, outputs: 'Yes.' }))).toEqual(['c1', 'c2'])
    expect(retrievedOf(scored({ outputs: 'Yes.' }))).toBeUndefined()
  })

  it('what was retrieved is unknown, not the contexts, where the outputs say it illegibly', () => {
    expect(retrievedOf(scored({ contexts, outputs: { retrieved: [1] } }))).toBeUndefined()
    expect(retrievedOf(scored({ contexts, outputs: { retrieved: 'x' } }))).toBeUndefined()
  })

  it.each([
    [0, 0],
    [0.7, 0.7],
    [1, 1],
    [1.1, null],
    [-0.1, null],
    ['0.7', null],
    [null, null],
  ])('with confidence %j the confidence is %j', (confidence, found) => {
    expect(confidenceOf(outputs({ confidence }))).toBe(found)
  })

  it('decisions are booleans, or unknown', () => {
    expect(predictedOf(outputs({ predicted: false }))).toBe(false)
    expect(predictedOf(outputs({ predicted: 'false' }))).toBeNull()
    expect(straightThroughOf(outputs({ straightThrough: true }))).toBe(true)
    expect(straightThroughOf(outputs({}))).toBeNull()
  })

  it('items are read one by one: one that is illegible is an item that is not on the flyer', () => {
    expect(
      itemsOf(
        outputs({ items: [{ product: '사과', price: '1,000원' }, { product: 3 }, 'pear', null] }),
      ),
    ).toEqual([
      { product: '사과', price: '1,000원' },
      { product: '' },
      { product: '' },
      { product: '' },
    ])
    expect(itemsOf(outputs({ items: 'none' }))).toBeUndefined()
    expect(itemsOf(outputs({ items: [] }))).toEqual([])
  })

  it('that failed nothing is read', () => {
    const row = scored({
      contexts,
      failure: 'down',
      outputs: { answer: 'x', confidence: 1, predicted: true, straightThrough: true, items: [] },
    })
    expect([
      answerOf(row),
      retrievedOf(row),
      itemsOf(row),
      confidenceOf(row),
      predictedOf(row),
      straightThroughOf(row),
    ]).toEqual([undefined, undefined, undefined, null, null, null])
    expect(answerOf(scored({ failure: 'down', outputs: 'x' }))).toBeUndefined()
  })
})
