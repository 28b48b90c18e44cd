import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Goal, verdictOf } from '../../lambdas/domain/goal.ts'

const atMost: Goal = { metric: 'unit_cost_p95', comparator: 'atMost', target: 20, minSamples: 5 }
const atLeast: Goal = {
  ...atMost,
  metric: 'tracking_coverage',
  comparator: 'atLeast',
  target: 0.95,
}

describe('a verdict', () => {
  it.each([
    [atMost, 20, 'met'],
    [atMost, 20.000001, 'missed'],
    [atLeast, 0.95, 'met'],
    [atLeast, 0.949999, 'missed'],
  ] as const)('of %j at %d is %s', (goal, value, verdict) => {
    expect(verdictOf(goal, { value, samples: 5 })).toBe(verdict)
  })

  it.each([
    ['an absent measurement', undefined],
    ['a figure that could not be computed', { value: null, samples: 100 }],
    ['too few samples', { value: 1, samples: 4 }],
    ['no number', { value: Number.NaN, samples: 100 }],
    ['an endless number', { value: Number.POSITIVE_INFINITY, samples: 100 }],
  ])('of %s is unproven, never met', (_what, measurement) => {
    expect(verdictOf(atMost, measurement)).toBe('unproven')
  })

  it('needs one sample where the goal asks for none', () => {
    const { minSamples: _minSamples, ...goal } = atMost
    expect(verdictOf(goal, { value: 1, samples: 0 })).toBe('unproven')
    expect(verdictOf(goal, { value: 1, samples: 1 })).toBe('met')
  })

  it('never improves when the figure gets worse', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true }),
        fc.double({ min: 0, noNaN: true }),
        (value, worse) => {
          const before = verdictOf(atMost, { value, samples: 10 })
          const after = verdictOf(atMost, { value: value + worse, samples: 10 })
          if (before === 'missed') expect(after).not.toBe('met')
        },
      ),
    )
  })
})
