import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  clip,
  escapeText,
  limits,
  link,
  type SlackMessage,
} from '../../lambdas/alerts/block-kit.ts'
import {
  alarmMessage,
  budgetMessage,
  type GoalFacts,
  goalMessage,
  type MessageOptions,
  otherMessage,
  rollbackMessage,
} from '../../lambdas/alerts/message.ts'
import {
  type AlarmChange,
  readNotification,
  type RollbackNotice,
} from '../../lambdas/alerts/notification.ts'
import { workloads } from '../../config/workloads.ts'
import { nameOfMetric } from '../../lambdas/alerts/words.ts'
import { problemsOf } from '../../local/slack/block-kit.ts'
import {
  alarmJson,
  budgetLetter,
  evidence,
  options,
  rolledBackJson,
  serverDown,
} from './samples.ts'

const alarm = (more: Record<string, unknown> = {}): AlarmChange => {
  const at = new Date('2026-11-24T00:00:00Z')
  return readNotification({ subject: '', message: alarmJson(more), at }) as AlarmChange
}
const goalAlarm = (more: Record<string, unknown> = {}) => {
  const change = alarm(more)
  if (change.goal === undefined) throw new Error('The sample has no goal.')
  return { ...change, goal: change.goal }
}
const isOver = { NewStateValue: 'OK', OldStateValue: 'ALARM' }
const { goal } = evidence
const known = { goal, isJudged: true }
const costAlarm = {
  AlarmName: 'townin-mlops-prod-flyer-scanner-unit_cost_p95',
  AlarmDescription:
    'flyer-scanner: unit_cost_p95 should be at most 0.05. Severity: ticket. Runbook: docs/runbook.md#goal-unit_cost_p95',
  AlarmArn: undefined,
  Trigger: {
    MetricName: 'GoalMissed',
    Dimensions: [
      { name: 'Workload', value: 'flyer-scanner' },
      { name: 'Goal', value: 'unit_cost_p95' },
    ],
  },
}
const costGoal: GoalFacts = {
  goal: { metric: 'unit_cost_p95', comparator: 'atMost', target: 0.05 },
  isJudged: false,
  evidence: 'not-kept',
}
const rollback = readNotification({
  subject: '',
  message: rolledBackJson(),
  at: new Date(0),
}) as RollbackNotice
const budget = readNotification({ subject: '', message: budgetLetter, at: new Date(0) })

const cases: [string, (options: MessageOptions) => SlackMessage][] = [
  ['goal-missed', (how) => goalMessage(goalAlarm(), { ...known, evidence }, how)],
  [
    'goal-recovered',
    (how) =>
      goalMessage(
        goalAlarm(isOver),
        { ...known, evidence: { ...evidence, value: 0.9613, lower: 0.9502, upper: 0.9724 } },
        how,
      ),
  ],
  [
    'goal-missed-database-asleep',
    (how) => goalMessage(goalAlarm(), { ...known, evidence: 'unreachable' }, how),
  ],
  [
    'goal-missed-no-evaluation',
    (how) => goalMessage(goalAlarm(), { ...known, goal: undefined, evidence: 'none' }, how),
  ],
  ['cost-goal-missed', (how) => goalMessage(goalAlarm(costAlarm), costGoal, how)],
  [
    'cost-goal-recovered',
    (how) => goalMessage(goalAlarm({ ...costAlarm, ...isOver }), costGoal, how),
  ],
  ['alarm', (how) => alarmMessage(alarm(serverDown), how)],
  ['alarm-over', (how) => alarmMessage(alarm({ ...serverDown, ...isOver }), how)],
  [
    'budget',
    (how) => {
      if (budget.kind !== 'budget') throw new Error('The sample is no budget.')
      return budgetMessage(budget, how)
    },
  ],
  ['rolled-back', (how) => rollbackMessage(rollback, how)],
  ['other', (how) => otherMessage({ kind: 'other', subject: 'Hi', text: '<!channel> a & b' }, how)],
]

describe.each(['ko', 'en'] as const)('in %s', (language) => {
  test.each(cases)('the message "%s" is as agreed', async (name, compose) => {
    const message = compose({ ...options, language })
    expect(problemsOf(message)).toEqual([])
    await expect(`${JSON.stringify(message, undefined, 2)}\n`).toMatchFileSnapshot(
      `messages/${language}/${name}.json`,
    )
  })
})

const textOf = (message: SlackMessage): string => JSON.stringify(message.blocks)

describe('a message', () => {
  test('names the heading of the runbook where no address of it is known', () => {
    const without = { ...options, runbookUrl: undefined }
    expect(textOf(goalMessage(goalAlarm(), { ...known, evidence }, without))).toContain(
      '조치 방법: `docs/runbook.md#goal-faithfulness`',
    )
  })

  test("judges by the goal as it stood, not by today's configuration", () => {
    const today = { metric: 'faithfulness', comparator: 'atLeast', target: 0.99 } as const
    const text = textOf(goalMessage(goalAlarm(), { ...known, goal: today, evidence }, options))
    expect(text).toContain('95 % 이상')
    expect(text).not.toContain('99 %')
  })

  test('shows a value that just missed its goal with digits that tell them apart', () => {
    const narrow = { ...evidence, value: 0.94999 }
    const message = goalMessage(goalAlarm(), { ...known, evidence: narrow }, options)
    expect(textOf(message)).toContain('*94.999 %*')
    expect(message.text).toContain('94.999 %')
  })

  test('says that a value or an interval is unknown instead of inventing one', () => {
    const unknown = { ...evidence, value: null, lower: null, upper: null, runId: '' }
    const text = textOf(goalMessage(goalAlarm(), { ...known, evidence: unknown }, options))
    expect(text).toContain(String.raw`*값*\n알 수 없음`)
    expect(text).toContain(String.raw`*95 % 신뢰구간*\n알 수 없음`)
    expect(text).not.toContain('/runs/')
  })

  test('names the judge of what was judged, and of nothing else', () => {
    const judged = goalMessage(goalAlarm(), { ...known, evidence }, options)
    const computed = goalMessage(goalAlarm(), { ...known, isJudged: false, evidence }, options)
    expect(textOf(judged)).toContain('lexical-v1')
    expect(textOf(computed)).not.toContain('lexical-v1')
  })

  test('has a Korean name for every metric that has a goal', () => {
    const metrics = workloads.flatMap((workload) => [
      ...(workload.qualityGoals ?? []),
      ...(workload.operatingGoals ?? []),
      ...workload.units.flatMap(({ goals }) => goals ?? []),
    ])
    for (const { metric } of metrics) {
      expect(nameOfMetric('ko', metric), metric).not.toBe(metric.replaceAll('_', ' '))
    }
    expect(nameOfMetric('ko', 'rests_on_clauses')).toBe('rests on clauses')
    expect(nameOfMetric('ko', 'constructor')).toBe('constructor')
  })

  test('stays within the limits of Slack, and lets no text become markup, whatever was published', () => {
    const text = fc.string({ unit: 'binary', maxLength: 7_000, size: 'max' })
    fc.assert(
      fc.property(text, text, fc.constantFrom('ko', 'en'), (subject, body, language) => {
        const how = { ...options, language } as const
        const strange = alarm({ AlarmName: `x${subject}`, AlarmDescription: body, AlarmArn: null })
        for (const message of [
          otherMessage({ kind: 'other', subject, text: body }, how),
          alarmMessage({ ...strange, reason: body }, how),
          rollbackMessage({ ...rollback, name: subject, workload: subject, reason: body }, how),
        ]) {
          expect(problemsOf(message)).toEqual([])
          const markup = message.blocks.flatMap((block) => {
            if (block.type === 'context') return block.elements
            if (block.type === 'header') return [block.text]
            return [...(block.fields ?? []), ...(block.text ? [block.text] : [])]
          })
          for (const { type, text: shown } of markup) {
            if (type === 'mrkdwn') {
              expect(shown.replaceAll(/<https:\/\/[^|>]+\|[^<>]+>/g, '')).not.toMatch(/[<>]/)
            }
          }
        }
      }),
      // To shrink texts of thousands of characters takes minutes.
      { numRuns: 60, endOnFailure: true },
    )
  })
})

describe('a text', () => {
  test('is cut through no entity and no character', () => {
    expect(clip(escapeText('ab&cd'), 5)).toBe('ab…')
    expect(clip('ab😀cd', 4)).toBe('ab…')
    expect(clip('abcd', 4)).toBe('abcd')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 30 }), (text, most) => {
        const cut = clip(escapeText(text), most)
        expect(cut.length).toBeLessThanOrEqual(most)
        expect(cut).not.toMatch(/&(?:[a-z]*)(?:…|$)/)
      }),
    )
  })

  test('cannot end the address of a link', () => {
    expect(link('https://a.example/?x=1&y=|>', 'a > b')).toBe(
      '<https://a.example/?x=1&amp;y=%7C%3E|a &gt; b>',
    )
    expect(limits.blocks).toBe(50)
  })
})
