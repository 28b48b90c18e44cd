import { describe, expect, it } from 'vitest'
import { environments } from '../../../config/environments.ts'
import { workloads } from '../../../config/workloads.ts'
import {
  runSchedule,
  type Schedule,
  scheduledWorkloads,
} from '../../../lambdas/evaluation/start/run-schedule.ts'
import { schedulePayload } from '../../../lambdas/evaluation/start/schedule-payload.ts'
import type { Metric } from '../../../lambdas/platform/telemetry.ts'

const now = new Date('2026-03-02T18:00:00Z')
const hoursAgo = (hours: number): Date => new Date(now.getTime() - hours * 3_600_000)

function watching(lastSuccess: Schedule['lastSuccess']): { schedule: Schedule; sent: Metric[] } {
  const sent: Metric[] = []
  const schedule: Schedule = {
    config: environments.local,
    workloads,
    connect: () => {
      throw new Error('The database was woken.')
    },
    stateMachine: {
      start: async () => 'arn',
      stop: async () => undefined,
    },
    lastSuccess,
    publish: async (metrics) => {
      sent.push(...metrics)
    },
    newId: () => 'ev-0',
    now: () => now,
  }
  return { schedule, sent }
}

describe('watching the benchmarks', () => {
  it('publishes the longest time since a success, and leaves the database asleep', async () => {
    const { schedule, sent } = watching(async (workload) =>
      hoursAgo(workload === 'fp-copilot' ? 30 : 3),
    )
    await runSchedule({ action: 'watch' }, schedule)
    expect(sent).toEqual([
      { name: 'HoursSinceSuccess', value: 30, unit: 'None', dimensions: { Job: 'evaluation' } },
    ])
  })

  it('sends nothing while nobody knows since when one is waited for, so that the alarm tells', async () => {
    const { schedule, sent } = watching(async (workload) =>
      workload === 'fp-copilot' ? undefined : hoursAgo(3),
    )
    expect(await runSchedule({ action: 'watch' }, schedule)).toEqual({
      result: 'watched',
      hoursSinceSuccess: null,
    })
    expect(sent).toEqual([])
  })

  it('asks only for workloads that run by themselves in this environment', async () => {
    const scheduled = (config: Schedule['config'], list = workloads): string[] =>
      scheduledWorkloads({ config, workloads: list }).map(({ name }) => name)
    expect(scheduled(environments.local)).toContain('graphrag')
    // It has no endpoint there.
    expect(scheduled(environments.dev)).not.toContain('graphrag')
    const never = workloads.map((each) => ({
      ...each,
      ...(each.benchmark && { benchmark: { ...each.benchmark, schedule: 'never' } }),
    }))
    expect(scheduled(environments.local, never)).toEqual([])
  })
})

describe('the payload of a schedule', () => {
  it.each([
    [{ action: 'start', workload: 'graphrag' }, true],
    [{ action: 'start', workload: 'graphrag', scheduledAt: '2026-03-02T17:00:00Z' }, true],
    // Where nobody fills it in.
    [
      { action: 'start', workload: 'graphrag', scheduledAt: '<aws.scheduler.scheduled-time>' },
      true,
    ],
    [{ action: 'watch' }, true],
    [{ action: 'start' }, false],
    [{ action: 'stop', workload: 'graphrag' }, false],
    [{ action: 'watch', workload: 'graphrag' }, false],
  ])('%j fits: %s', (payload, fits) => {
    expect(schedulePayload.safeParse(payload).success).toBe(fits)
  })
})
