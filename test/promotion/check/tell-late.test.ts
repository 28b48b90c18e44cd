import { beforeEach, describe, expect, it } from 'vitest'
import type { PlatformEvent } from '../../../lambdas/platform/events.ts'
import { tellLate } from '../../../lambdas/promotion/check/tell-late.ts'
import type { LedgerEntry } from '../../../lambdas/promotion/entry.ts'
import { openGate, workload } from '../mlflow/gate.ts'

const name = 'fraud-detector'
const movedAt = Date.parse('2026-11-24T00:00:00Z')
let events: PlatformEvent[]
/** Tag of version 2. */
let tag: string | undefined

beforeEach(() => {
  events = []
  tag = undefined
})

const entryOf = (more: Partial<LedgerEntry>): LedgerEntry => ({
  action: 'promotion',
  workload: workload.name,
  workspace: 'default',
  name,
  kind: 'model',
  from: 1,
  to: 2,
  actor: 'kim',
  reason: '',
  sequence: 7,
  at: new Date(movedAt).toISOString(),
  ...more,
})

/** What the check tells, some minutes after the last move. */
async function tell(last: LedgerEntry | undefined, minutes = 30): Promise<number> {
  const { ports } = openGate()
  return tellLate({
    ...ports,
    ledger: { ...ports.ledger, lastMoveOf: async (of) => (of === name ? last : undefined) },
    registry: {
      ...ports.registry,
      version: async (_, version) =>
        version > 9
          ? undefined
          : {
              name,
              version,
              runId: '',
              source: '',
              createdAt: 0,
              tags: { ...(tag !== undefined && { 'ops.ledger.entry': tag }) },
            },
      tagVersion: async (_name, _version, _key, value) => {
        tag = value
      },
    },
    sendEvents: async (sent) => void events.push(...sent),
    now: () => new Date(movedAt + minutes * 60_000),
  })
}

describe('the check tells of a move', () => {
  it('of which nobody was told, once', async () => {
    expect(await tell(entryOf({}))).toBe(1)
    expect(events).toMatchObject([
      { type: 'PromotionDecided', detail: { promoted: true, name, from: 1, to: 2, entry: 7 } },
    ])
    expect(tag).toBe('7')
    expect(await tell(entryOf({}))).toBe(0)
    expect(events).toHaveLength(1)
  })

  it('that undid another, so that an automatic rollback is never kept quiet', async () => {
    tag = '3'
    await tell(entryOf({ action: 'automatic-rollback' }))
    expect(events).toMatchObject([{ type: 'RolledBack', detail: { automatic: true, entry: 7 } }])
  })

  it.each([
    ['that was told', entryOf({}), '7', 30],
    ['whose version was told of a later entry', entryOf({}), '9', 30],
    ['while who made it may still live', entryOf({}), undefined, 4],
    ['that a deployment made', entryOf({ action: 'adoption' }), undefined, 30],
    ['to a version that is gone', entryOf({ to: 10 }), undefined, 30],
    ['where there is none', undefined, undefined, 30],
  ])('but not of one %s', async (_, last, tagged, minutes) => {
    tag = tagged
    expect(await tell(last, minutes)).toBe(0)
    expect(events).toEqual([])
  })
})
