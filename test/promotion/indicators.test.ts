import { describe, expect, it } from 'vitest'
import type { LedgerEntry } from '../../lambdas/promotion/entry.ts'
import { failuresOf, indicatorsOf, median } from '../../lambdas/promotion/indicators.ts'
import { earlierVersions } from '../../lambdas/promotion/history.ts'

let sequence = 0

function entry(action: LedgerEntry['action'], to: number, hour: number, more = {}): LedgerEntry {
  sequence += 1
  return {
    action,
    workload: 'w',
    workspace: 'default',
    name: 'm',
    from: null,
    to,
    actor: '',
    reason: '',
    sequence,
    at: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
    ...more,
  }
}

const registered = (hour: number) => ({
  evidence: { registeredAt: new Date(Date.UTC(2026, 0, 1, hour)).toISOString() },
})

const valueOf = (name: string, sources: Parameters<typeof indicatorsOf>[0]) =>
  indicatorsOf(sources).find(({ indicator }) => indicator === name)

describe('operating indicators', () => {
  const entries = [
    entry('promotion', 1, 2, registered(0)),
    entry('promotion', 2, 10, registered(4)),
    entry('rollback', 1, 13),
    entry('promotion', 3, 20, registered(19)),
    entry('automatic-rollback', 1, 23, { undoes: { sequence: 1, since: '2026-01-01T22:00:00Z' } }),
  ]
  const sources = { entries, changes: [] }

  it('lead time is the median from registration to promotion', () => {
    expect(valueOf('promotion_lead_time_hours', sources)).toMatchObject({
      value: 2,
      samples: 3,
      verdict: 'met',
    })
  })

  it('change-failure rate is the share of promotions that were rolled back', () => {
    expect(valueOf('change_failure_rate', sources)).toMatchObject({
      value: 2 / 3,
      samples: 3,
      verdict: 'missed',
    })
  })

  it('time to restore counts from the first miss where it is known, else from the promotion', () => {
    expect(valueOf('time_to_restore_hours', sources)).toMatchObject({ value: 2, samples: 2 })
  })

  it('a rollback that takes back a rollback is no failed promotion', () => {
    const twice = [
      entry('promotion', 1, 1),
      entry('promotion', 2, 2),
      entry('rollback', 1, 3),
      entry('rollback', 2, 4),
    ]
    expect(failuresOf(twice)).toHaveLength(1)
  })

  it('the experiment cycle is the median between consecutive evaluated changes', () => {
    const changes = [0, 30, 34, 40].map((hour) => ({
      at: new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
    }))
    expect(valueOf('experiment_cycle_hours', { entries: [], changes })).toMatchObject({
      value: 6,
      samples: 3,
      verdict: 'met',
    })
  })

  it('reproducibility is the share of registered versions that pass the check', () => {
    const models = { reproducible: 3, registered: 4 }
    expect(valueOf('model_reproducibility', { ...sources, models })).toMatchObject({
      value: 0.75,
      verdict: 'missed',
    })
  })

  it('without anything to measure is unproven, never met', () => {
    for (const { value, verdict } of indicatorsOf({ entries: [], changes: [] })) {
      expect([value, verdict]).toEqual([null, 'unproven'])
    }
  })

  it('a median is the middle value', () => {
    expect([median([]), median([3]), median([5, 1]), median([9, 1, 2])]).toEqual([null, 3, 3, 2])
  })
})

describe('the version before', () => {
  const versionsBefore = (current: number, ...rising: LedgerEntry[]) =>
    earlierVersions(rising.toReversed(), current)

  it('is the one that was in production before', () => {
    expect(versionsBefore(2, entry('adoption', 1, 0), entry('promotion', 2, 1))).toEqual([1])
  })

  it('is, after a rollback, the one before that, not the one that was left', () => {
    const steps = [entry('promotion', 1, 0), entry('promotion', 2, 1), entry('promotion', 3, 2)]
    expect(versionsBefore(2, ...steps, entry('rollback', 2, 3))).toEqual([1, 3])
  })

  it('is one that was promoted again', () => {
    const steps = [entry('promotion', 1, 0), entry('promotion', 2, 1), entry('promotion', 1, 2)]
    expect(versionsBefore(1, ...steps)).toEqual([2])
  })
})
