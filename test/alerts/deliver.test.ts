import { beforeEach, describe, expect, test } from 'vitest'
import { workloads } from '../../config/workloads.ts'
import type { SlackMessage } from '../../lambdas/alerts/block-kit.ts'
import { deliver, type Delivery } from '../../lambdas/alerts/deliver.ts'
import type { GoalChange } from '../../lambdas/alerts/read-evidence.ts'
import { within } from '../../lambdas/alerts/within.ts'
import {
  alarmJson,
  budgetLetter,
  evidence,
  options,
  rolledBackJson,
  serverDown,
  snsEvent,
} from './samples.ts'

let posted: SlackMessage[]
let asked: GoalChange[]
let logged: [string, Record<string, unknown>][]

beforeEach(() => {
  posted = []
  asked = []
  logged = []
})

const delivery = (more: Partial<Delivery> = {}): Delivery => ({
  options,
  workloads,
  readEvidence: async (change) => {
    asked.push(change)
    return evidence
  },
  post: async (message) => void posted.push(message),
  now: () => new Date('2026-11-24T00:00:00Z'),
  log: (message, details) => void logged.push([message, details]),
  ...more,
})

const titles = () => posted.map(({ text }) => text)
const ok = (earlier: string) => ({ NewStateValue: 'OK', OldStateValue: earlier })

describe("a goal's alarm", () => {
  test('is announced with the figures of the evaluation that raised it', async () => {
    await deliver(snsEvent(alarmJson()), delivery())
    expect(asked).toEqual([
      {
        workload: 'graphrag',
        metric: 'faithfulness',
        verdict: 'missed',
        changedAt: new Date('2026-11-23T17:07:12.345Z'),
      },
    ])
    expect(titles()).toEqual(['목표 미달: graphrag · 충실도 – 93.1 %, 목표 95 % 이상'])
  })

  test('that is over is announced with the figures of the evaluation that ended it', async () => {
    await deliver(snsEvent(alarmJson(ok('ALARM'))), delivery())
    expect(asked).toMatchObject([{ verdict: 'met' }])
    expect(titles()[0]).toContain('목표 회복')
  })

  test.each([
    ['OK', 'INSUFFICIENT_DATA'],
    ['OK', 'OK'],
    ['INSUFFICIENT_DATA', 'ALARM'],
    ['INSUFFICIENT_DATA', 'OK'],
  ])('that is %s after %s is not announced', async (NewStateValue, OldStateValue) => {
    await deliver(snsEvent(alarmJson({ NewStateValue, OldStateValue })), delivery())
    expect(posted).toEqual([])
    expect(logged).toMatchObject([['not announced', { state: NewStateValue }]])
  })

  test('that is raised by its first data is announced', async () => {
    await deliver(snsEvent(alarmJson({ OldStateValue: 'INSUFFICIENT_DATA' })), delivery())
    expect(posted).toHaveLength(1)
  })

  test('on costs or operation is announced without asking for an evaluation', async () => {
    for (const [workload, goal] of [
      ['graphrag', 'unit_cost_p95'],
      ['fp-copilot', 'tracking_coverage'],
    ]) {
      const Trigger = {
        MetricName: 'GoalMissed',
        Dimensions: [
          { name: 'Workload', value: workload },
          { name: 'Goal', value: goal },
        ],
      }
      await deliver(snsEvent(alarmJson({ Trigger })), delivery())
    }
    expect(asked).toEqual([])
    expect(titles()).toEqual([
      '목표 미달: graphrag · 단위 비용 p95 – 목표 20 USD 이하',
      '목표 미달: fp-copilot · 추적 커버리지 – 목표 95 % 이상',
    ])
  })

  test.each<[string, Delivery['readEvidence'], string]>([
    ['the database sleeps', () => Promise.reject(new Error('asleep')), '제때 응답하지 않아'],
    ['the database hangs', () => within(10, new Promise(() => undefined)), '제때 응답하지 않아'],
    ['no evaluation fits', async () => undefined, '찾지 못했습니다'],
  ])('is announced with what is known when %s', async (_, readEvidence, words) => {
    await deliver(snsEvent(alarmJson()), delivery({ readEvidence }))
    expect(titles()).toEqual(['목표 미달: graphrag · 충실도 – 목표 95 % 이상'])
    expect(JSON.stringify(posted)).toContain(words)
  })

  test('of a workload that the configuration no longer has is announced', async () => {
    const readEvidence = async () => undefined
    await deliver(snsEvent(alarmJson()), delivery({ workloads: [], readEvidence }))
    expect(titles()).toEqual(['목표 미달: graphrag · 충실도'])
  })
})

describe('an event', () => {
  test('with a budget, another alarm and something else is announced as what it is', async () => {
    const event = snsEvent(budgetLetter, alarmJson(serverDown), rolledBackJson(), 'Hello <there>')
    await deliver(event, delivery())
    expect(titles()).toEqual([
      '예산 초과: townin-mlops-prod – 예상 비용 $ 71.20',
      '지금 조치: tracking-server-down – No MLflow task has been running for 10 minutes.',
      '자동 롤백: fp_copilot_answer – 버전 5 → 4',
      '알림: A subject',
    ])
  })

  test('with a record that is none still has its other records announced', async () => {
    const { Records } = snsEvent('Hello')
    await deliver({ Records: [{ strange: true }, ...Records] }, delivery())
    expect(titles()).toEqual(['알림', '알림: A subject'])
  })

  test('whose records cannot all be sent fails in the end, when all were tried', async () => {
    let calls = 0
    const post: Delivery['post'] = async (message) => {
      calls += 1
      if (calls === 1) throw new Error('Slack failed (500).')
      posted.push(message)
    }
    await expect(deliver(snsEvent('one', 'two'), delivery({ post }))).rejects.toThrow(
      '1 of 2 messages were not sent: Slack failed (500).',
    )
    expect(posted).toHaveLength(1)
    const down = () => Promise.reject(new Error('Slack failed (500).'))
    await expect(deliver(snsEvent('one'), delivery({ post: down }))).rejects.toThrow(
      /^Slack failed \(500\)\.$/,
    )
  })

  test.each([[undefined], [{}], [{ Records: [] }], ['text']])(
    'that is not from SNS (%j) fails with what to do',
    async (event) => {
      await expect(deliver(event, delivery())).rejects.toThrow('subscribe this function')
    },
  )
})
