import { Duration } from 'aws-cdk-lib'
import {
  GraphWidget,
  type HorizontalAnnotation,
  type IWidget,
  Metric,
} from 'aws-cdk-lib/aws-cloudwatch'
import type { EnvironmentName } from '../../config/environments.ts'
import type { Goal } from '../../lambdas/domain/goal.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { metricsNamespace } from '../names.ts'

/** One graph of a workload's quality figures with its goals as lines; none for a workload without goals. */
export function qualityWidgets(
  environment: EnvironmentName,
  { name, qualityGoals = [] }: Workload,
): IWidget[] {
  if (qualityGoals.length === 0) return []
  const figure = ({ metric }: Goal): Metric =>
    new Metric({
      namespace: metricsNamespace,
      metricName: 'QualityFigure',
      dimensionsMap: { Environment: environment, Workload: name, Metric: metric },
      period: Duration.days(1),
      statistic: 'Average',
      label: metric,
    })
  const line = ({ metric, comparator, target }: Goal): HorizontalAnnotation => ({
    value: target,
    label: `${metric} ${comparator === 'atLeast' ? '>=' : '<='} ${target}`,
  })
  // Shares on the left; milliseconds and others would flatten them, so they have an axis of their own.
  const shares = qualityGoals.filter(({ target }) => target <= 1)
  const others = qualityGoals.filter(({ target }) => target > 1)
  return [
    new GraphWidget({
      title: name,
      width: 8,
      height: 6,
      left: shares.map(figure),
      leftYAxis: { min: 0, max: shares.length > 0 ? 1 : undefined },
      leftAnnotations: shares.map(line),
      right: others.map(figure),
      rightAnnotations: others.map(line),
    }),
  ]
}
