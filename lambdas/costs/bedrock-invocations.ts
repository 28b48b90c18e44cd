import {
  type CloudWatchClient,
  GetMetricDataCommand,
  paginateListMetrics,
} from '@aws-sdk/client-cloudwatch'
import type { CallSource, ProviderCalls } from './provider-calls.ts'

/** A GetMetricData request takes at most 500 metrics. */
const metricsPerRequest = 500

/**
 * `Invocations` in `AWS/Bedrock`, by ModelId:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/monitoring.html
 */
export function bedrockInvocations(cloudWatch: CloudWatchClient): CallSource {
  return {
    name: 'bedrock',
    async count(from, until) {
      const models = await listModels(cloudWatch)
      const calls: ProviderCalls[] = []
      for (let start = 0; start < models.length; start += metricsPerRequest) {
        calls.push(
          ...(await countCalls(
            cloudWatch,
            models.slice(start, start + metricsPerRequest),
            from,
            until,
          )),
        )
      }
      return calls
    },
  }
}

async function listModels(cloudWatch: CloudWatchClient): Promise<string[]> {
  const models = new Set<string>()
  const pages = paginateListMetrics(
    { client: cloudWatch },
    { Namespace: 'AWS/Bedrock', MetricName: 'Invocations', Dimensions: [{ Name: 'ModelId' }] },
  )
  for await (const page of pages) {
    for (const { Dimensions = [] } of page.Metrics ?? []) {
      // The same calls appear again under more dimensions.
      const [only, ...others] = Dimensions
      if (others.length === 0 && only?.Name === 'ModelId' && only.Value) models.add(only.Value)
    }
  }
  return [...models]
}

async function countCalls(
  cloudWatch: CloudWatchClient,
  models: readonly string[],
  from: Date,
  until: Date,
): Promise<ProviderCalls[]> {
  const { MetricDataResults = [] } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: from,
      EndTime: until,
      MetricDataQueries: models.map((model, index) => ({
        Id: `model${index}`,
        MetricStat: {
          Metric: {
            Namespace: 'AWS/Bedrock',
            MetricName: 'Invocations',
            Dimensions: [{ Name: 'ModelId', Value: model }],
          },
          Stat: 'Sum',
          Period: 900,
        },
      })),
    }),
  )
  return MetricDataResults.map(({ Id = '', Values = [] }) => ({
    model: models[Number(Id.slice('model'.length))] ?? '',
    calls: Values.reduce((sum, value) => sum + value, 0),
  }))
}
