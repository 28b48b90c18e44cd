import { toUsd } from '../domain/money.ts'
import { addDays, type Day } from '../domain/period.ts'
import type { Workload } from '../domain/workload.ts'
import type { Statements } from '../platform/data-api.ts'
import type { Metric } from '../platform/telemetry.ts'
import { sumCosts } from './report-costs.ts'
import { reportCoverage } from './report-coverage.ts'
import { judgeUnitCosts, measureUnitCosts } from './report-units.ts'

/** The figures of one workload on one day, as they go to CloudWatch. A figure that is not known is not sent. */
export async function measureDay(
  statements: Statements,
  workload: Workload,
  day: Day,
  context: { readonly timeZone: string; readonly workloads: readonly Workload[] },
): Promise<Metric[]> {
  const period = { from: day, to: addDays(day, 1) }
  const { timeZone } = context
  const costs = await sumCosts(statements, { period, workload: workload.name })
  const [unit] = workload.units
  const units =
    unit &&
    (await measureUnitCosts(statements, { period, workload: workload.name, unitType: unit.type }))
  const coverage = await reportCoverage(
    statements,
    { period, timeZone, workload: workload.name },
    context.workloads,
  )
  const shares = coverage.workloads[0]
  // Neither traced nor reported: the workload rested. Reported but not traced is what coverage is for.
  if (shares === undefined) return []
  const dimensions = { Workload: workload.name }
  const figures: [string, number | null | undefined, Metric['unit']][] = [
    ['CostUsd', toUsd(costs.costNanoUsd), 'None'],
    ['UnpricedCalls', costs.unpricedCalls + costs.unreadableCalls, 'Count'],
    ['UnitCostP50Usd', inUsd(units?.p50NanoUsd), 'None'],
    ['UnitCostP95Usd', inUsd(units?.p95NanoUsd), 'None'],
    ['UnitCostMaxUsd', inUsd(units?.maxNanoUsd), 'None'],
    ['TrackingCoverage', shares.trackingCoverage.value, 'None'],
    ['CostVisibility', shares.costVisibility.value, 'None'],
  ]
  const verdicts = [
    ...(units ? judgeUnitCosts(units, unit.goals ?? []) : []),
    { metric: 'tracking_coverage', verdict: shares.trackingCoverage.verdict },
    { metric: 'cost_visibility', verdict: shares.costVisibility.verdict },
  ]
  return [
    ...figures.flatMap(([name, value, metricUnit]) =>
      value === null || value === undefined ? [] : [{ name, value, unit: metricUnit, dimensions }],
    ),
    ...verdicts.flatMap(({ metric, verdict }) =>
      verdict === 'met' || verdict === 'missed'
        ? [
            {
              name: 'GoalMissed',
              value: verdict === 'missed' ? 1 : 0,
              unit: 'None' as const,
              dimensions: { ...dimensions, Goal: metric },
            },
          ]
        : [],
    ),
  ]
}

function inUsd(nanoUsd: number | null | undefined): number | null {
  return nanoUsd === null || nanoUsd === undefined ? null : toUsd(nanoUsd)
}
