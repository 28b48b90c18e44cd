import {
  type CloudWatchClient,
  PutMetricDataCommand,
  type StandardUnit,
} from '@aws-sdk/client-cloudwatch'

/** A figure for CloudWatch; the environment is added as a dimension. */
export interface Metric {
  readonly name: string
  readonly value: number
  readonly unit: Extract<StandardUnit, 'None' | 'Count'>
  readonly dimensions: Readonly<Record<string, string>>
}

/** Sends figures that belong to a moment. */
export type PublishMetrics = (metrics: readonly Metric[], at: Date) => Promise<void>

/** A request takes at most 1,000 figures. */
const metricsPerRequest = 500

/** Sends figures to a namespace. A failure fails the job, unlike figures that are written to a log. */
export function publisherTo(
  cloudWatch: CloudWatchClient,
  namespace: string,
  environment: string,
): PublishMetrics {
  return async (metrics, at) => {
    for (let start = 0; start < metrics.length; start += metricsPerRequest) {
      await cloudWatch.send(
        new PutMetricDataCommand({
          Namespace: namespace,
          MetricData: metrics.slice(start, start + metricsPerRequest).map((metric) => ({
            MetricName: metric.name,
            Value: metric.value,
            Unit: metric.unit,
            Timestamp: at,
            Dimensions: Object.entries({ Environment: environment, ...metric.dimensions }).map(
              ([Name, Value]) => ({ Name, Value }),
            ),
          })),
        }),
      )
    }
  }
}
