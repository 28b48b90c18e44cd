import { describe, expect, it } from 'vitest'
import { costVisibility, trackingCoverage } from '../../lambdas/costs/coverage.ts'

const goal = {
  metric: 'tracking_coverage',
  comparator: 'atLeast',
  target: 0.95,
  minSamples: 20,
} as const

describe('tracking coverage', () => {
  it.each([
    [95, 100, 0.95, 'met'],
    [94, 100, 0.94, 'missed'],
    [0, 100, 0, 'missed'],
    [19, 19, 1, 'unproven'],
  ] as const)('of %d traced and %d made calls is %d: %s', (traced, made, value, verdict) => {
    expect(
      trackingCoverage({ traced, made, matched: Math.min(traced, made ?? 0) }, goal),
    ).toMatchObject({ value, verdict, samples: made })
  })

  it.each([
    ['no source could answer', 100, null],
    ['more calls were traced than made', 101, 100],
    ['nothing was called', 0, 0],
  ])('is unproven, never 100 %%, when %s', (_what, traced, made) => {
    const share = trackingCoverage({ traced, made, matched: Math.min(traced, made ?? 0) }, goal)
    expect(share).toMatchObject({ value: null, verdict: 'unproven' })
    expect(share.reason).not.toBe('')
  })
})

it('there is no verdict without a goal', () => {
  expect(trackingCoverage({ traced: 90, made: 100, matched: 90 }, undefined)).toEqual({
    value: 0.9,
    samples: 100,
    verdict: null,
    reason: '',
  })
  expect(trackingCoverage({ traced: 1, made: null, matched: 0 }, undefined).verdict).toBeNull()
})

describe('cost visibility', () => {
  it('is the share of traced calls that have a price', () => {
    expect(costVisibility(90, 100, { ...goal, target: 0.9 })).toMatchObject({
      value: 0.9,
      verdict: 'met',
    })
  })

  it('is unproven when nothing was traced', () => {
    expect(costVisibility(0, 0, goal)).toMatchObject({ value: null, verdict: 'unproven' })
  })
})
