import { describe, expect, it } from 'vitest'
import { hasSleptSince } from '../../lambdas/platform/sleep.ts'

const success = new Date('2026-11-24T00:00:00Z')
const point = (minutes: number, maximum: number) => ({
  at: new Date(success.getTime() + minutes * 60_000),
  maximum,
})

describe('a database that may pause after 10 minutes', () => {
  it.each([
    [
      'slept when it was awake only for the job itself',
      [point(5, 0.5), point(15, 0.5), point(20, 0), point(55, 0)],
      true,
    ],
    [
      'did not sleep when somebody used it later',
      [point(20, 0), point(40, 1), point(55, 0)],
      false,
    ],
    ['did not sleep when it never paused', [point(20, 0.5), point(55, 0.5)], false],
    ['is not known to sleep without figures', [], false],
    ['is not known to sleep from figures of the job itself', [point(5, 0)], false],
  ])('%s', (_what, points, slept) => {
    expect(hasSleptSince(success, points, 10)).toBe(slept)
  })
})
