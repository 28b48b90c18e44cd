import type { Workload } from '../../domain/workload.ts'
import type { Metric, PublishMetrics } from '../../platform/telemetry.ts'
import type { Indicator } from '../indicators.ts'

/** Days that an indicator looks back: enough changes to say something about how changes are made. */
const indicatorDays = 30

/** The indicators of a workload for a half-open period of moments (ISO 8601). */
export type ReportIndicators = (
  workload: Workload,
  period: { readonly from: string; readonly until: string },
) => Promise<readonly Indicator[]>

/**
 * Sends the operating indicators of every workload that has a gate. One that has nothing to measure is not sent: 0
 * would be a figure.
 */
export async function publishIndicators(
  workloads: readonly Workload[],
  now: Date,
  report: ReportIndicators,
  publish: PublishMetrics,
): Promise<void> {
  const from = new Date(now.getTime() - indicatorDays * 86_400_000).toISOString()
  const metrics: Metric[] = []
  for (const workload of workloads) {
    if (workload.gate === undefined) continue
    for (const { indicator, value } of await report(workload, { from, until: now.toISOString() })) {
      if (value === null) continue
      metrics.push({
        name: 'OperatingIndicator',
        value,
        unit: 'None',
        dimensions: { Workload: workload.name, Indicator: indicator },
      })
    }
  }
  if (metrics.length > 0) await publish(metrics, now)
}
