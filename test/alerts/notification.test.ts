import { describe, expect, test } from 'vitest'
import { readNotification } from '../../lambdas/alerts/notification.ts'
import { alarmJson, budgetLetter, rolledBackJson, serverDown, strangeReasons } from './samples.ts'

const at = new Date('2026-11-24T00:00:00Z')
const read = (message: string, subject = '') => readNotification({ subject, message, at })

describe('a notification', () => {
  test("of a goal's alarm names workload and metric, what its description says, and when it changed", () => {
    expect(read(alarmJson())).toEqual({
      kind: 'alarm',
      name: 'townin-mlops-prod-graphrag-faithfulness',
      summary: 'graphrag: faithfulness should be at least 0.95.',
      severity: 'ticket',
      runbook: 'goal-faithfulness',
      state: 'ALARM',
      earlierState: 'OK',
      reason:
        'Threshold Crossed: 1 datapoint [1.0 (23/11/26 17:05:00)] was greater than or equal to the threshold (1.0).',
      changedAt: new Date('2026-11-23T17:07:12.345Z'),
      goal: { workload: 'graphrag', metric: 'faithfulness' },
      arn: 'arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:townin-mlops-prod-graphrag-faithfulness',
    })
  })

  test('is understood with the dimensions written as the API writes them, too', () => {
    const Trigger = {
      MetricName: 'GoalMissed',
      Dimensions: [
        { Name: 'Workload', Value: 'fp-copilot' },
        { Name: 'Goal', Value: 'hallucination_rate' },
      ],
    }
    expect(read(alarmJson({ Trigger }))).toMatchObject({
      goal: { workload: 'fp-copilot', metric: 'hallucination_rate' },
    })
  })

  test('of another alarm has no goal', () => {
    expect(read(alarmJson(serverDown))).toMatchObject({
      kind: 'alarm',
      goal: undefined,
      summary: 'No MLflow task has been running for 10 minutes.',
      severity: 'page',
      runbook: 'tracking-server-down',
    })
  })

  test('of an alarm on another figure of a workload has no goal', () => {
    const Trigger = {
      MetricName: 'QualityFigure',
      Dimensions: [
        { name: 'Workload', value: 'graphrag' },
        { name: 'Goal', value: 'faithfulness' },
      ],
    }
    expect(read(alarmJson({ Trigger }))).toMatchObject({ kind: 'alarm', goal: undefined })
  })

  test('of an alarm on metric math, which has no metric of its own, is understood', () => {
    const Trigger = { Metrics: [{ Id: 'm1', Expression: 'a/b' }], Period: 60 }
    expect(read(alarmJson({ Trigger }))).toMatchObject({ kind: 'alarm', goal: undefined })
  })

  test('of an alarm that somebody made by hand keeps its description as it is', () => {
    const alarm = alarmJson({ AlarmDescription: 'Too hot.', StateChangeTime: 'yesterday' })
    expect(read(alarm)).toMatchObject({
      summary: 'Too hot.',
      severity: undefined,
      runbook: undefined,
      changedAt: at,
    })
    expect(read(alarmJson({ AlarmDescription: null }))).toMatchObject({ summary: '' })
  })

  test('of a budget has its figures', () => {
    expect(read(budgetLetter)).toEqual({
      kind: 'budget',
      name: 'townin-mlops-prod',
      basis: 'forecast',
      amount: '$ 71.20',
      threshold: '> $ 60.00',
      budgeted: '$ 60.00',
    })
    expect(read(budgetLetter.replaceAll('FORECASTED', 'ACTUAL'))).toMatchObject({
      basis: 'actual',
      amount: '$ 71.20',
    })
  })

  test('of a version that went back by itself names it, and why', () => {
    expect(read(rolledBackJson())).toEqual({
      kind: 'rollback',
      workload: 'fp-copilot',
      name: 'fp_copilot_answer',
      from: 5,
      to: 4,
      reason: expect.stringMatching(/^hallucination_rate has been missed since/),
      entry: 31,
      runbook: 'rolled-back',
    })
  })

  test.each(strangeReasons)('of a version that went back has its reason as it is: %j', (reason) => {
    expect(read(rolledBackJson({ reason, name: reason }))).toMatchObject({ reason, name: reason })
  })

  test.each([
    ['plain text', 'Hello'],
    ['an event without what a rollback has', rolledBackJson({ entry: undefined })],
    ['an event of another type', rolledBackJson().replace('"RolledBack"', '"Other"')],
    ['an event whose text is broken', rolledBackJson().replace('fp_copilot', '"fp_copilot')],
    ['a budget letter of another form', 'AWS Budget Notification\nYou spent too much.'],
    ['JSON of something else', '{"detail": {"state": "FAILED"}}'],
    ['an alarm in a state that does not exist', alarmJson({ NewStateValue: 'MAYBE' })],
    ['nothing', ''],
    ['null', 'null'],
  ])('of %s is passed on as it is', (_, text) => {
    expect(read(text, 'A subject')).toEqual({ kind: 'other', subject: 'A subject', text })
  })
})
