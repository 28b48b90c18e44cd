import type { Duration } from 'aws-cdk-lib'
import {
  type Alarm,
  ComparisonOperator,
  Metric,
  type TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import type { EnvironmentName } from '../../config/environments.ts'
import type { Goal } from '../../lambdas/domain/goal.ts'
import { metricsNamespace } from '../names.ts'
import type { Alerts } from './alerts.ts'

export interface GoalAlarmProps {
  readonly environment: EnvironmentName
  /** Name of the workload. */
  readonly workload: string
  readonly goal: Goal
  /** How far apart verdicts may be looked at. */
  readonly period: Duration
  /** What a period without a verdict means. @default nothing is wrong */
  readonly missingData?: TreatMissingData
  /** Heading in `docs/runbook.md`. @default `goal-<metric>` */
  readonly runbook?: string
}

const words = { atLeast: 'at least', atMost: 'at most' } as const

/** The alarm `<workload>-<metric>`: the goal was missed, as the figure `GoalMissed` says. */
export function alarmOnGoal(alerts: Alerts, scope: Construct, props: GoalAlarmProps): Alarm {
  const { environment, workload, goal } = props
  return alerts.alarm(scope, `${workload}-${goal.metric}`, {
    summary: `${workload}: ${goal.metric} should be ${words[goal.comparator]} ${goal.target}.`,
    severity: 'ticket',
    runbook: props.runbook ?? `goal-${goal.metric}`,
    metric: new Metric({
      namespace: metricsNamespace,
      metricName: 'GoalMissed',
      dimensionsMap: { Environment: environment, Workload: workload, Goal: goal.metric },
      period: props.period,
      statistic: 'Maximum',
    }),
    comparison: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    threshold: 1,
    missingData: props.missingData,
  })
}
