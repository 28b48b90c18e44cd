import { type CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'

/** Capacity of the cluster (ACU) over five minutes that began at a moment. */
export interface CapacityPoint {
  readonly at: Date
  readonly maximum: number
}

/** `ServerlessDatabaseCapacity` of an Aurora cluster since a moment; it is 0 while the cluster is paused. */
export async function capacitySince(
  cloudWatch: CloudWatchClient,
  clusterArn: string,
  since: Date,
): Promise<CapacityPoint[]> {
  const { MetricDataResults } = await cloudWatch.send(
    new GetMetricDataCommand({
      StartTime: since,
      EndTime: new Date(),
      MetricDataQueries: [
        {
          Id: 'capacity',
          MetricStat: {
            Metric: {
              Namespace: 'AWS/RDS',
              MetricName: 'ServerlessDatabaseCapacity',
              Dimensions: [
                { Name: 'DBClusterIdentifier', Value: clusterArn.split(':').at(-1) ?? '' },
              ],
            },
            Stat: 'Maximum',
            Period: 300,
          },
        },
      ],
    }),
  )
  const { Timestamps = [], Values = [] } = MetricDataResults?.[0] ?? {}
  return Timestamps.map((at, index) => ({ at, maximum: Values[index] ?? 0 }))
}
