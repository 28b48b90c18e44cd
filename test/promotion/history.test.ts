import { describe, expect, it } from 'vitest'
import type { LedgerAction } from '../../lambdas/promotion/entry.ts'
import { versionsBeside } from '../../lambdas/promotion/history.ts'
import type { MadeMove } from '../../lambdas/promotion/ports.ts'

/** Moves of a model (`m`) and a prompt (`p`), oldest first: at which hour, of which, to which version. */
type Story = readonly (readonly [
  hour: number,
  name: 'm' | 'p',
  to: number | null,
  action?: LedgerAction,
])[]

function besideOf(name: 'm' | 'p', version: number, story: Story): number | null {
  const movesOf = (wanted: string): MadeMove[] =>
    story
      .map(([hour, of, to, action = 'promotion'], index) => ({
        of,
        sequence: index + 1,
        action,
        to,
        at: new Date(hour * 3_600_000).toISOString(),
      }))
      .filter(({ of }) => of === wanted)
      .toReversed()
  const [beside = null] = versionsBeside(version, movesOf(name), [
    movesOf(name === 'm' ? 'p' : 'm'),
  ])
  return beside
}

describe('beside a version that returns', () => {
  const lockstep: Story = [
    [0, 'm', 1],
    [0.1, 'p', 1],
    [24, 'm', 2],
    [24.1, 'p', 2],
  ]
  it('stands what was promoted with it, whichever of both is asked for', () => {
    expect([besideOf('m', 1, lockstep), besideOf('p', 1, lockstep)]).toEqual([1, 1])
  })

  it('stands what was there when it left, also where each moved for itself', () => {
    const apart: Story = [
      [0, 'm', 1],
      [1, 'p', 1],
      [24, 'm', 2],
      [72, 'p', 2],
    ]
    expect([besideOf('m', 1, apart), besideOf('p', 1, apart)]).toEqual([1, 2])
  })

  it('stands what never moved since, however often it moved itself', () => {
    const alone: Story = [
      [0, 'p', 1],
      [1, 'm', 1],
      [24, 'm', 2],
      [48, 'm', 3],
    ]
    expect([besideOf('m', 1, alone), besideOf('m', 2, alone)]).toEqual([1, 1])
  })

  it('stands no pair that never was', () => {
    const mixed: Story = [
      [0, 'm', 1],
      [0.1, 'p', 1],
      [24, 'p', 2],
      [48, 'm', 2],
      [72, 'm', 3],
    ]
    expect([besideOf('m', 2, mixed), besideOf('m', 1, mixed)]).toEqual([2, 2])
  })

  it('stands what was there the longest where nothing stood for an hour', () => {
    const quick: Story = [
      [0, 'm', 1],
      [0.1, 'p', 1],
      [0.5, 'm', 2],
      [0.6, 'p', 2],
    ]
    expect([besideOf('m', 1, quick), besideOf('p', 1, quick)]).toEqual([1, 1])
  })

  it('stands what it left by a rollback of both, which writes one entry after the other', () => {
    const returned: Story = [...lockstep, [48, 'p', 1, 'rollback'], [48.000001, 'm', 1, 'rollback']]
    expect([besideOf('m', 2, returned), besideOf('p', 2, returned)]).toEqual([2, 2])
  })

  it('stands nothing where nothing was, unless something came later', () => {
    const first: Story = [
      [0, 'm', 1],
      [24, 'm', 2],
      [48, 'p', 1],
    ]
    expect(besideOf('m', 1, first)).toBeNull()
    const later: Story = [
      [0, 'm', 1],
      [24, 'p', 1],
      [24.1, 'm', 2],
      [48, 'p', 2],
    ]
    expect(besideOf('m', 1, later)).toBe(1)
  })
})
