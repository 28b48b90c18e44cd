import type { Evidence } from '../../lambdas/alerts/read-evidence.ts'
import type { MessageOptions } from '../../lambdas/alerts/message.ts'

/** A CloudWatch alarm message as AWS sends it; `more` replaces parts of it. */
export function alarmJson(more: Record<string, unknown> = {}): string {
  return JSON.stringify({
    AlarmName: 'townin-mlops-prod-graphrag-faithfulness',
    AlarmDescription:
      'graphrag: faithfulness should be at least 0.95. Severity: ticket. Runbook: docs/runbook.md#goal-faithfulness',
    AWSAccountId: '123456789012',
    AlarmConfigurationUpdatedTimestamp: '2026-11-20T01:00:00.000+0000',
    NewStateValue: 'ALARM',
    NewStateReason:
      'Threshold Crossed: 1 datapoint [1.0 (23/11/26 17:05:00)] was greater than or equal to the threshold (1.0).',
    StateChangeTime: '2026-11-23T17:07:12.345+0000',
    Region: 'Asia Pacific (Seoul)',
    AlarmArn:
      'arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:townin-mlops-prod-graphrag-faithfulness',
    OldStateValue: 'OK',
    OKActions: [],
    AlarmActions: ['arn:aws:sns:ap-northeast-2:123456789012:townin-mlops-prod-alerts'],
    InsufficientDataActions: [],
    Trigger: {
      MetricName: 'GoalMissed',
      Namespace: 'TowninMlops',
      StatisticType: 'Statistic',
      Statistic: 'MAXIMUM',
      Unit: null,
      Dimensions: [
        { value: 'prod', name: 'Environment' },
        { value: 'graphrag', name: 'Workload' },
        { value: 'faithfulness', name: 'Goal' },
      ],
      Period: 300,
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: 1,
      TreatMissingData: 'ignore',
      EvaluateLowSampleCountPercentile: '',
    },
    ...more,
  })
}

/** An alarm that watches no goal. */
export const serverDown = {
  AlarmName: 'townin-mlops-prod-tracking-server-down',
  AlarmDescription:
    'No MLflow task has been running for 10 minutes. Severity: page. Runbook: docs/runbook.md#tracking-server-down',
  NewStateReason: 'Threshold Crossed: no datapoints were received for 2 periods & 2 < 3.',
  AlarmArn: undefined,
  Trigger: { MetricName: 'CPUUtilization', Namespace: 'AWS/ECS', Dimensions: [] },
}

/** The letter of AWS Budgets. */
export const budgetLetter = `AWS Budget Notification November 24, 2026
AWS Account 123456789012

Dear AWS Customer,

You requested that we alert you when the FORECASTED Cost associated with your townin-mlops-prod budget is greater than $ 60.00 for the current month. The FORECASTED Cost associated with this budget is $ 71.20. You can find additional details below and by accessing the AWS Budgets dashboard [1].

Budget Name: townin-mlops-prod
Budget Type: Cost
Budgeted Amount: $ 60.00
Alert Type: FORECASTED
Alert Threshold: > $ 60.00
FORECASTED Amount: $ 71.20

[1] https://console.aws.amazon.com/billing/home#/budgets
`

/** What SNS gets of an event `RolledBack` that nobody asked for; `more` replaces parts of its detail. */
export function rolledBackJson(more: Record<string, unknown> = {}): string {
  const detail = {
    environment: 'prod',
    workload: 'fp-copilot',
    kind: 'prompt',
    name: 'fp_copilot_answer',
    from: 5,
    to: 4,
    actor: 'automatic rollback',
    reason:
      'hallucination_rate has been missed since 2026-11-22T17:06:40.000Z, for more than 20 hours (evaluation ev-1)',
    entry: 31,
    at: '2026-11-23T17:07:12.345Z',
    automatic: true,
    sequence: 30,
    metric: 'hallucination_rate',
    since: '2026-11-22T17:06:40.000Z',
    ...more,
  }
  return `{
  "alert": "A version went back by itself.",
  "runbook": "docs/runbook.md#rolled-back",
  "event": "RolledBack",
  "detail": ${JSON.stringify(detail)}
}`
}

/** Reasons with all that could break a text within a text. */
export const strangeReasons = [
  '"환각률"이 목표를 넘음',
  '첫 줄\n둘째 줄\r\n\t셋째 줄',
  String.raw`a back\slash \" and \n`,
  '<detail> & <!channel> `x` {"json": "yes"}',
  "it's 😀\u2028",
]

/** An event of SNS with these messages. */
export const snsEvent = (...messages: string[]) => ({
  Records: messages.map((Message, index) => ({
    EventSource: 'aws:sns',
    Sns: {
      Type: 'Notification',
      MessageId: `message-${index}`,
      TopicArn: 'arn:aws:sns:ap-northeast-2:123456789012:townin-mlops-prod-alerts',
      Subject: 'A subject',
      Message,
      Timestamp: '2026-11-23T17:07:13.000Z',
    },
  })),
})

export const options: MessageOptions = {
  language: 'ko',
  environment: 'prod',
  timeZone: 'Asia/Seoul',
  frontDoorUrl: 'https://abc123.execute-api.ap-northeast-2.amazonaws.com/',
  runbookUrl: 'https://github.com/townin/townin-mlops/blob/main/docs/runbook.md',
}

export const evidence: Evidence = {
  experimentId: '3',
  runId: '0123456789abcdef0123456789abcdef',
  value: 0.9312,
  lower: 0.9021,
  upper: 0.9577,
  samples: 118,
  unscored: 2,
  judge: 'lexical-v1',
  goal: { metric: 'faithfulness', comparator: 'atLeast', target: 0.95, minSamples: 30 },
  missedSince: new Date('2026-11-21T17:06:40Z'),
}
