import { expect, it } from 'vitest'
import type { Metric } from '../../../lambdas/platform/telemetry.ts'
import { publishIndicators } from '../../../lambdas/promotion/check/publish-indicators.ts'
import { indicatorsOf } from '../../../lambdas/promotion/indicators.ts'
import { workload } from '../mlflow/gate.ts'

it('sends the indicators of workloads with a gate, over thirty days, and nothing for what has no value', async () => {
  const sent: Metric[] = []
  const periods: unknown[] = []
  const { gate: _, ...ungated } = workload
  await publishIndicators(
    [workload, { ...ungated, name: 'ungated' }],
    new Date('2026-11-24T00:00:00Z'),
    async (_workload, period) => {
      periods.push(period)
      return indicatorsOf({
        entries: [],
        changes: [],
        models: { reproducible: 3, registered: 4 },
      })
    },
    async (metrics) => void sent.push(...metrics),
  )
  expect(periods).toEqual([{ from: '2026-10-25T00:00:00.000Z', until: '2026-11-24T00:00:00.000Z' }])
  expect(sent).toEqual([
    {
      name: 'OperatingIndicator',
      value: 0.75,
      unit: 'None',
      dimensions: { Workload: 'fraud-detector', Indicator: 'model_reproducibility' },
    },
  ])
})
