import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchSizeFor, isLarge, toBatches } from '../../../lambdas/evaluation/prepare/batch-size.ts'
import { toRowId, toRowIds } from '../../../lambdas/evaluation/prepare/row-id.ts'
import { seedOf } from '../../../lambdas/evaluation/prepare/seed.ts'

const endpoint = { dataset: { kind: 'mlflow', name: 'q' }, source: { kind: 'endpoint' } } as const

describe('batches', () => {
  it.each([
    [1, 5, 5],
    [30, 5, 5],
    [100, 5, 5],
    [300, 5, 15],
    [1_000, 5, 50],
    [5_000, 5, 50],
    [100_000, 5, 50],
    [1_000, 20, 13],
  ])('of %i rows, %i at once, have %i rows', (rows, atOnce, size) => {
    expect(batchSizeFor(rows, atOnce, endpoint)).toBe(size)
  })

  it('are one for an event log, which is checked as a whole', () => {
    const log = { kind: 'event-log', log: 'l', model: 'm' } as const
    expect(batchSizeFor(30_000, 5, { dataset: log, source: { kind: 'dataset' } })).toBe(30_000)
  })

  it('of outcomes have 5,000 rows, for nothing is called', () => {
    const source = { kind: 'outcomes', days: 30 } as const
    expect(batchSizeFor(12_000, 5, { dataset: null, source })).toBe(5_000)
  })

  it('hold all rows in their order, and none is empty', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), fc.integer({ min: 1, max: 9 }), (rows, size) => {
        const batches = toBatches(rows, size)
        expect(batches.flat()).toEqual(rows)
        expect(batches.every((batch) => batch.length > 0)).toBe(true)
      }),
    )
  })

  it('more than 40 are too many for an inline map', () => {
    expect([isLarge(40), isLarge(41)]).toEqual([false, true])
  })
})

describe('ids of rows that come from elsewhere', () => {
  it('differ, whatever they are made of', () => {
    const texts = fc.array(fc.constantFrom('a', 'a (2)', 'a (2) (2)', 'b', 'x'.repeat(300)))
    fc.assert(
      fc.property(texts, (list) => {
        const ids = toRowIds(list)
        expect(new Set(ids).size).toBe(list.length)
        expect(ids.every((id) => id.length > 0 && id.length <= 200)).toBe(true)
      }),
    )
  })

  it('are numbered where they occur again', () => {
    expect(toRowIds(['case 1', 'case 2', 'case 1'])).toEqual(['case 1', 'case 2', 'case 1 (2)'])
  })

  it('that are too long differ in what was cut off', () => {
    const long = 'x'.repeat(200)
    expect(toRowId(long)).toBe(long)
    expect(toRowId(`${long}a`)).not.toBe(toRowId(`${long}b`))
  })
})

it('the seed of an evaluation follows from its id alone', () => {
  expect(seedOf('ev-1')).toBe(seedOf('ev-1'))
  expect(seedOf('ev-1')).not.toBe(seedOf('ev-2'))
  expect(Number.isSafeInteger(seedOf('ev-1'))).toBe(true)
})
