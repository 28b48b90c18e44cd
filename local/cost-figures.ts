import { costsResponse, coverageResponse, unitsResponse } from '../lambdas/costs/schema.ts'
import type { Workload } from '../lambdas/domain/workload.ts'
import { ask } from './platform-api.ts'
import type { CostFigures } from './report.ts'
import type { RunningStack } from './stack-file.ts'

/** Fetches the figures of the default period, with the units of those workloads that had a cost. */
export const fetchCostFigures = async (
  stack: RunningStack,
  workloads: readonly Workload[],
): Promise<CostFigures> => {
  const [costs, coverage] = await Promise.all([
    ask(stack, costsResponse, '/ops/costs', { query: { groupBy: 'workload,model' } }),
    ask(stack, coverageResponse, '/ops/coverage'),
  ])
  const seen = new Set(costs.rows.map((row) => row.workload))
  const asked = workloads
    .filter(({ name }) => seen.has(name))
    .flatMap(({ name, units }) => units.map(({ type }) => ({ workload: name, type })))
  const units = await Promise.all(
    asked.map((query) => ask(stack, unitsResponse, '/ops/costs/units', { query })),
  )
  return { costs, coverage, units: units.filter((row) => row.units > 0 || row.goals.length > 0) }
}
