import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type EnvironmentName, environments } from '../../config/environments.ts'
import { workloads } from '../../config/workloads.ts'
import { metrics } from '../../lambdas/evaluation/metrics/registry.ts'
import { scheduledWorkloads } from '../../lambdas/evaluation/start/run-schedule.ts'
import { costGoalsOf } from '../../lib/capabilities/costs.ts'
import { inWords, ofType, only, type Resource, synthesized } from './synthesized.ts'

const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8')
const headings = new Set([...runbook.matchAll(/^#+ (.+)$/gmu)].map(([, heading]) => heading))

function alarmsOf(environment: EnvironmentName): Map<string, Resource['Properties']> {
  return new Map(
    ofType('AWS::CloudWatch::Alarm', synthesized(environment).platform).map(
      ([, { Properties }]) => [Properties.AlarmName as string, Properties],
    ),
  )
}

describe.each(Object.keys(environments) as EnvironmentName[])('in %s', (environment) => {
  const { data, platform } = synthesized(environment)
  const alarms = alarmsOf(environment)
  const prefix = `townin-mlops-${environment}`
  const scheduledHere = scheduledWorkloads({ config: environments[environment], workloads })

  test('every alarm has a heading in the runbook, a severity and a fixed name', () => {
    expect(alarms.size).toBeGreaterThan(15)
    for (const [name, alarm] of alarms) {
      expect(name).toMatch(new RegExp(`^${prefix}-`, 'u'))
      const [, severity, heading] =
        /Severity: (page|ticket)\. Runbook: docs\/runbook\.md#(\S+)$/u.exec(
          alarm.AlarmDescription,
        ) ?? []
      expect(severity, name).toBeDefined()
      expect(headings, name).toContain(heading)
    }
  })

  test('every function that the runbook names is an output of the platform', () => {
    const named = [...runbook.matchAll(/<([A-Z]\w*Function)>/gu)].map(([, name]) => name)
    expect(named.length).toBeGreaterThan(5)
    for (const name of named) {
      if (name === 'AlertsFunction' && environments[environment].alerts.slack === undefined)
        continue
      if (name === 'ScheduleFunction' && scheduledHere.length === 0) continue
      expect(Object.keys(platform.findOutputs('*'))).toContain(name)
    }
  })

  test('every alarm tells when it begins and when it is over', () => {
    for (const [name, alarm] of alarms) {
      expect(alarm.ActionsEnabled ?? true, name).toBe(true)
      expect(alarm.AlarmActions.map(inWords), name).toEqual(['<AlertsTopic>'])
      expect(alarm.OKActions.map(inWords), name).toEqual(['<AlertsTopic>'])
    }
  })

  test('every schedule has an alarm for "did not run"', () => {
    const jobs: Readonly<Record<string, string>> = {
      'costs-job-did-not-run': 'costs',
      'evaluation-did-not-run': 'evaluation',
      'gate-did-not-run': 'gate',
    }
    for (const [name, job] of Object.entries(jobs)) {
      expect(alarms.get(`${prefix}-${name}`), name).toMatchObject({
        MetricName: 'HoursSinceSuccess',
        Namespace: 'TowninMlops',
        Dimensions: [
          { Name: 'Environment', Value: environment },
          { Name: 'Job', Value: job },
        ],
        TreatMissingData: 'breaching',
      })
    }
    for (const [, { Properties }] of ofType('AWS::Scheduler::Schedule', platform)) {
      expect(Properties.Name).toMatch(/^(?:costs|evaluation-watch|gate|benchmark-.+)$/u)
    }
    for (const [, schedule] of ofType('AWS::Scheduler::Schedule', data)) {
      const alarm = alarms.get(`${prefix}-database-awake-hours-did-not-run`)
      expect(alarm?.TreatMissingData).toBe('breaching')
      expect(alarm?.Dimensions).toEqual([{ Name: 'ScheduleGroup', Value: `${prefix}-database` }])
      expect(schedule.Properties.GroupName).toBe(`${prefix}-database`)
    }
  })

  test('everything that is started asynchronously keeps what failed, and an alarm watches it', () => {
    const kept = new Set<string>()
    for (const [id, { Properties }] of ofType('AWS::Scheduler::Schedule', data, platform)) {
      kept.add(inWords(Properties.Target.DeadLetterConfig?.Arn ?? id))
    }
    for (const [id, { Properties }] of ofType('AWS::Lambda::EventInvokeConfig', platform)) {
      kept.add(inWords(Properties.DestinationConfig?.OnFailure?.Destination ?? id))
    }
    for (const [id, { Properties }] of ofType('AWS::Events::Rule', platform)) {
      for (const target of Properties.Targets) kept.add(inWords(target.DeadLetterConfig?.Arn ?? id))
    }
    for (const [id, { Properties }] of ofType('AWS::SNS::Subscription', platform)) {
      if (Properties.Protocol === 'email') continue
      kept.add(inWords(Properties.RedrivePolicy?.deadLetterTargetArn ?? id))
    }
    const watched = [...alarms.values()]
      .filter(({ MetricName }) => MetricName === 'ApproximateNumberOfMessagesVisible')
      .map(({ Dimensions }) => inWords(Dimensions[0].Value))
    const queues = (values: Iterable<string>): string[] =>
      [...values].map((value) => value.replace(/\.?(?:Arn|QueueName)>$/u, '>')).toSorted()
    expect(queues(kept)).toEqual(queues(watched))
  })

  test('there is one alarm for each goal that is judged here', () => {
    const onGoals = new Map([...alarms].filter(([, { MetricName }]) => MetricName === 'GoalMissed'))
    const costs = workloads.flatMap((workload) =>
      costGoalsOf(workload).map(({ metric }) => `${prefix}-${workload.name}-${metric}`),
    )
    const quality = scheduledHere.flatMap((workload) =>
      (workload.qualityGoals ?? []).map(({ metric }) => `${prefix}-${workload.name}-${metric}`),
    )
    expect(quality.length).toBeGreaterThan(3)
    expect([...onGoals.keys()].toSorted()).toEqual([...costs, ...quality].toSorted())
    // One figure a day carries the time of its day; a verdict on quality holds until the next one.
    for (const name of costs) {
      expect(onGoals.get(name)).toMatchObject({ Period: 86_400, TreatMissingData: 'notBreaching' })
    }
    for (const name of quality) {
      expect(onGoals.get(name)).toMatchObject({ Period: 300, TreatMissingData: 'ignore' })
    }
    for (const [name, alarm] of onGoals) {
      expect(alarm, name).toMatchObject({ Threshold: 1, Statistic: 'Maximum' })
      expect(alarm.Dimensions.map(({ Name }: { Name: string }) => Name)).toEqual([
        'Environment',
        'Goal',
        'Workload',
      ])
    }
  })

  test('alarms are bounded by what CloudWatch can evaluate', () => {
    for (const [name, { Period, EvaluationPeriods }] of alarms) {
      const longest = Period >= 3600 ? 7 * 86_400 : 86_400
      expect(Period * EvaluationPeriods, name).toBeLessThanOrEqual(longest)
    }
  })

  test('alerts are encrypted with a key that CloudWatch and Budgets may use', () => {
    const topic = only('AWS::SNS::Topic', platform).Properties
    expect(inWords(topic.KmsMasterKeyId)).toBe('<AlertsKey.Arn>')
    const statements = only('AWS::KMS::Key', platform).Properties.KeyPolicy.Statement
    expect(statements).toContainEqual(
      expect.objectContaining({
        Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
        Effect: 'Allow',
        Principal: { Service: ['budgets.amazonaws.com', 'cloudwatch.amazonaws.com'] },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
    )
  })

  test('alerts are mailed to whom the environment names', () => {
    const mailed = ofType('AWS::SNS::Subscription', platform)
      .map(([, { Properties }]) => [Properties.Protocol, Properties.Endpoint])
      .filter(([protocol]) => protocol === 'email')
    expect(mailed).toEqual(environments[environment].alerts.emails.map((email) => ['email', email]))
  })

  test("the platform's own bill has a limit", () => {
    const { Budget, NotificationsWithSubscribers } = only(
      'AWS::Budgets::Budget',
      platform,
    ).Properties
    expect(Budget.BudgetLimit).toEqual({
      Amount: environments[environment].monthlyBudgetUsd,
      Unit: 'USD',
    })
    expect(Budget.CostFilters).toEqual({
      TagKeyValue: [`user:townin-mlops:environment$${environment}`],
    })
    expect(NotificationsWithSubscribers).toHaveLength(2)
  })

  test('everything that can carry it carries the tag that the limit counts by', () => {
    const tag = { Key: 'townin-mlops:environment', Value: environment }
    for (const type of ['AWS::RDS::DBCluster', 'AWS::RDS::DBInstance', 'AWS::S3::Bucket']) {
      expect(only(type, data).Properties.Tags, type).toContainEqual(tag)
    }
    for (const type of ['AWS::ECS::Service', 'AWS::ECS::Cluster', 'AWS::KMS::Key']) {
      expect(only(type, platform).Properties.Tags, type).toContainEqual(tag)
    }
    expect(only('AWS::ECS::Service', platform).Properties.PropagateTags).toBe('SERVICE')
  })

  test('one dashboard shows every alarm', () => {
    const { widgets } = JSON.parse(
      inWords(only('AWS::CloudWatch::Dashboard', platform).Properties.DashboardBody),
    )
    const shown = widgets.find(({ type }: { type: string }) => type === 'alarm')
    expect(shown.properties.alarms).toHaveLength(alarms.size)
  })

  test('every quality figure is drawn with its goal as a line', () => {
    const { widgets } = JSON.parse(
      inWords(only('AWS::CloudWatch::Dashboard', platform).Properties.DashboardBody),
    )
    for (const workload of scheduledHere) {
      const { properties } = widgets.find(
        (widget: { properties: { title?: string } }) => widget.properties.title === workload.name,
      )
      const { qualityGoals = [] } = workload
      expect(properties.metrics).toHaveLength(qualityGoals.length)
      const lines = properties.annotations.horizontal as { value: number }[]
      expect(new Set(lines.map(({ value }) => value))).toEqual(
        new Set(qualityGoals.map(({ target }) => target)),
      )
      expect(lines).toHaveLength(qualityGoals.length)
    }
  })

  test('one dashboard shows the server, the database, the API, the functions and the costs', () => {
    const dashboard = only('AWS::CloudWatch::Dashboard', platform).Properties
    const body = inWords(dashboard.DashboardBody)
    for (const part of [
      'AWS/ECS',
      'AWS/RDS',
      'AWS/ApiGateway',
      'AWS/Lambda',
      'AWS/SQS',
      'AWS/States',
      'QualityFigure',
      'CostUsd',
      'TrackingCoverage',
      'CostVisibility',
    ]) {
      expect(body, part).toContain(part)
    }
  })
})

test.each([...Object.keys(metrics), 'criterion'])(
  'the runbook says what to do when a goal on %s is missed',
  (metric) => {
    expect(headings).toContain(`goal-${metric}`)
  },
)
