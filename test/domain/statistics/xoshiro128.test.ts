import { describe, expect, it } from 'vitest'
import { Xoshiro128 } from '../../../lambdas/domain/statistics/xoshiro128.ts'

describe('the random numbers', () => {
  it("are those of the authors' C program", () => {
    // From xoshiro128starstar.c (version 1.1), as stored in the tests of Rust's rand_xoshiro.
    const random = new Xoshiro128([1, 2, 3, 4])
    expect(Array.from({ length: 10 }, () => random.word())).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ])
  })

  it('are the same for the same seed and others for another', () => {
    const first = (seed: number): number[] => {
      const random = Xoshiro128.from(seed)
      return Array.from({ length: 4 }, () => random.word())
    }
    expect(first(42)).toEqual(first(42))
    expect(first(42)).not.toEqual(first(43))
    expect(new Set(first(0)).size).toBe(4)
  })

  it('fall evenly below a limit', () => {
    const random = Xoshiro128.from(1)
    const counts = [0, 0, 0, 0, 0, 0, 0]
    for (let draw = 0; draw < 70_000; draw++) {
      const drawn = random.below(7)
      counts[drawn] = (counts[drawn] ?? Number.NaN) + 1
    }
    // Five standard deviations of a count of 10,000.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(465)
  })
})
