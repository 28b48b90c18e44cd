import { beforeEach, describe, expect, it } from 'vitest'
import type { Gate as GateConfig } from '../../lambdas/domain/gate.ts'
import type { LedgerAction } from '../../lambdas/promotion/entry.ts'
import type { Move } from '../../lambdas/promotion/ports.ts'
import {
  goalMissed,
  rollBackAutomatically,
} from '../../lambdas/promotion/roll-back-automatically.ts'
import { type Gate, openGate, workload } from './mlflow/gate.ts'

const name = 'fraud-detector'
const prompt = '보험 답변/v2'
const since = '2026-11-23T00:00:00.000Z'
let gate: Gate

beforeEach(() => {
  gate = openGate()
  moved(name, 'promotion', null, 1, '2026-11-01T00:00:00.000Z')
  moved(name, 'promotion', 1, 2, '2026-11-20T00:00:00.000Z')
})

/** What the ledger says has happened. */
function moved(
  of: string,
  action: LedgerAction,
  from: number | null,
  to: number,
  at: string,
): void {
  gate.entries.push({
    action,
    workload: workload.name,
    workspace: 'default',
    name: of,
    from,
    to,
    actor: 'kim',
    reason: '',
    sequence: gate.entries.length + 1,
    at,
  })
  if (action !== 'refusal') gate.production.set(of, to)
}

/** The event at midnight of 24 November: a day after the goal was missed first. */
async function hear(more: Partial<GateConfig> = { rollBackAfterHours: 20 }, from = since) {
  return rollBackAutomatically(
    { workload: workload.name, metric: 'faithfulness', since: from, evaluationId: 'ev-9' },
    { ...gate.ports, workloads: [{ ...workload, gate: { ...workload.gate, ...more } }] },
  )
}

describe('when production goals stay missed', () => {
  it('the version before returns, and the ledger says why', async () => {
    expect(await hear()).toEqual({ result: 'rolled back', name, entries: [3] })
    expect(gate.production.get(name)).toBe(1)
    expect(gate.entries.at(-1)).toMatchObject({
      action: 'automatic-rollback',
      from: 2,
      to: 1,
      actor: 'automatic rollback',
      reason: expect.stringContaining('faithfulness has been missed since 2026-11-23'),
      undoes: { sequence: 2, metric: 'faithfulness', since },
    })
  })

  it('a version returns once for a promotion, whatever is heard later', async () => {
    await hear()
    // What the fake's clock wrote is later than the goal is missed; as if it had been missed anew after that.
    expect(await hear()).toMatchObject({ result: 'nothing to do' })
    Object.assign(gate.ports, { now: () => new Date('2026-12-24T00:00:00Z') })
    expect(await hear(undefined, '2026-12-01T00:00:00.000Z')).toMatchObject({
      result: 'nothing to do',
    })
    expect(gate.production.get(name)).toBe(1)
  })

  it.each([
    ['where no workload asks for it', {}],
    ['before the hours are over', { rollBackAfterHours: 25 }],
  ])('nothing moves %s', async (_what, config) => {
    expect(await hear(config)).toMatchObject({ result: 'nothing to do' })
    expect(gate.production.get(name)).toBe(2)
  })

  it('nothing moves for a version that is newer than the trouble', async () => {
    moved(name, 'promotion', 2, 3, '2026-11-23T12:00:00.000Z')
    expect(await hear()).toMatchObject({ result: 'nothing to do' })
  })

  it('nothing moves for what somebody put there by a rollback', async () => {
    moved(name, 'rollback', 2, 1, '2026-11-21T00:00:00.000Z')
    expect(await hear()).toMatchObject({ result: 'nothing to do' })
  })

  it('of several names the one promoted last moves, and the others wait for what that brings', async () => {
    moved(prompt, 'promotion', null, 1, '2026-11-02T00:00:00.000Z')
    moved(prompt, 'promotion', 1, 2, '2026-11-21T00:00:00.000Z')
    expect(await hear()).toMatchObject({ result: 'rolled back', name: prompt })
    expect(await hear()).toMatchObject({ result: 'nothing to do' })
    expect(Object.fromEntries(gate.production)).toEqual({ [name]: 2, [prompt]: 1 })
  })

  it('what was promoted with it goes along where both belong together', async () => {
    gate.entries.length = 0
    moved(name, 'promotion', null, 1, '2026-11-01T00:00:00.000Z')
    moved(prompt, 'promotion', null, 1, '2026-11-01T00:05:00.000Z')
    moved(name, 'promotion', 1, 2, '2026-11-20T00:00:00.000Z')
    moved(prompt, 'promotion', 1, 2, '2026-11-20T00:05:00.000Z')
    const together: (readonly [string, number | null, number])[] = []
    Object.assign(gate.ports.ledger, {
      moveTogether: async (moves: readonly Move[]) => {
        for (const { name: of, from, to } of moves) together.push([of, from, to])
      },
    })
    await hear({ rollBackAfterHours: 20, together: true })
    expect(together).toEqual([
      [prompt, 2, 1],
      [name, 2, 1],
    ])
  })

  it('and there is nothing to go back to, it fails, so that the event ends among the dead letters', async () => {
    gate.entries.shift()
    await expect(hear()).rejects.toThrow(
      /faithfulness of fraud-detector stays missed.*nothing to go/,
    )
    expect(gate.production.get(name)).toBe(2)
  })
})

it('reads the event as EventBridge delivers it', () => {
  const detail = { workload: 'w', metric: 'm', since, evaluationId: 'ev-1', standing: true }
  const event = { version: '0', source: 'townin.mlops', 'detail-type': 'GoalMissed', detail }
  expect(goalMissed.parse(event).detail).toMatchObject({ workload: 'w', since })
  expect(() => goalMissed.parse({ ...event, 'detail-type': 'GoalRecovered' })).toThrow()
})
