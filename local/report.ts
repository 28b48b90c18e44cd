import type * as z from 'zod'
import type { costsResponse, coverageResponse, unitsResponse } from '../lambdas/costs/schema.ts'
import type { Goal } from '../lambdas/domain/goal.ts'
import { toUsd } from '../lambdas/domain/money.ts'
import type { Workload } from '../lambdas/domain/workload.ts'
import { bound, signs, whole } from './report-words.ts'
import { renderTable, type Column } from './table.ts'

type Costs = z.infer<typeof costsResponse>
type Units = z.infer<typeof unitsResponse>
type Coverage = z.infer<typeof coverageResponse>

/** What the cost API answered. */
export interface CostFigures {
  readonly costs: Costs
  /** One for each unit type that costs can be attributed to. */
  readonly units: readonly Units[]
  readonly coverage: Coverage
}

/** USD with six digits after the point: an embedding call costs less than a hundredth of a cent. */
const usd = (nanoUsd: number | null): string => (nanoUsd === null ? '–' : toUsd(nanoUsd).toFixed(6))

const percent = (share: number | null): string =>
  share === null ? '–' : `${(share * 100).toFixed(1)} %`

const costTable = (costs: Costs): string[] => {
  const totals = { ...costs.total, workload: 'total', model: '' }
  const columns: Column<(typeof costs.rows)[number]>[] = [
    { title: 'workload', text: (row) => row.workload ?? '' },
    { title: 'model', text: (row) => row.model ?? '' },
    { title: 'calls', text: (row) => whole(row.calls), right: true },
    { title: 'unpriced', text: (row) => whole(row.unpricedCalls), right: true },
    { title: 'input tokens', text: (row) => whole(row.inputTokens), right: true },
    { title: 'output tokens', text: (row) => whole(row.outputTokens), right: true },
    { title: 'USD', text: (row) => usd(row.costNanoUsd), right: true },
  ]
  return renderTable(columns, [...costs.rows, totals])
}

const goalText = (units: Units): string =>
  units.goals
    .map((goal) => `${goal.metric.replace('unit_cost_', '')} ${bound(goal)} ${goal.target} USD`)
    .join(', ') || 'none'

const unitTable = (units: readonly Units[]): string[] =>
  renderTable<Units>(
    [
      { title: 'workload', text: (row) => row.workload },
      { title: 'unit', text: (row) => row.unitType },
      { title: 'units', text: (row) => whole(row.units), right: true },
      { title: 'p50 USD', text: (row) => usd(row.p50NanoUsd), right: true },
      { title: 'p95 USD', text: (row) => usd(row.p95NanoUsd), right: true },
      { title: 'max USD', text: (row) => usd(row.maxNanoUsd), right: true },
      { title: 'goal', text: goalText },
      {
        title: 'verdict',
        text: (row) => row.goals.map(({ verdict }) => signs[verdict]).join(', '),
      },
    ],
    units,
  )

interface Share {
  readonly of: string
  readonly figure: string
  readonly counted: string
  readonly share: Coverage['workloads'][number]['trackingCoverage']
  readonly goal: Goal | undefined
}

const shares = (coverage: Coverage, workloads: readonly Workload[]): Share[] => {
  const goalOf = (workload: string, metric: string): Goal | undefined =>
    workloads
      .find(({ name }) => name === workload)
      ?.operatingGoals?.find((goal) => goal.metric === metric)
  const ofWorkloads = coverage.workloads.flatMap((row): Share[] => [
    {
      of: row.workload,
      figure: 'tracking coverage',
      counted: `${whole(row.tracedCalls)} traced of ${whole(row.madeCalls)} made`,
      share: row.trackingCoverage,
      goal: goalOf(row.workload, 'tracking_coverage'),
    },
    {
      of: row.workload,
      figure: 'cost visibility',
      counted: `${whole(row.pricedCalls)} priced of ${whole(row.tracedCalls)} traced`,
      share: row.costVisibility,
      goal: goalOf(row.workload, 'cost_visibility'),
    },
  ])
  const ofProviders = coverage.providers.map((row): Share => ({
    of: `(all, by ${row.source})`,
    figure: 'tracking coverage',
    counted: `${whole(row.tracedCalls)} traced of ${whole(row.madeCalls)} made`,
    share: row.trackingCoverage,
    goal: undefined,
  }))
  return [...ofWorkloads, ...ofProviders]
}

const coverageTable = (coverage: Coverage, workloads: readonly Workload[]): string[] =>
  renderTable<Share>(
    [
      { title: 'workload', text: (row) => row.of },
      { title: 'figure', text: (row) => row.figure },
      { title: 'calls', text: (row) => row.counted },
      { title: 'share', text: (row) => percent(row.share.value), right: true },
      {
        title: 'goal',
        text: ({ goal }) => (goal ? `${bound(goal)} ${percent(goal.target)}` : 'none'),
      },
      {
        title: 'verdict',
        text: (row) => (row.share.verdict === null ? '' : signs[row.share.verdict]),
      },
    ],
    shares(coverage, workloads),
  )

/** The result of a start: what the calls cost, and how that compares with the goals. */
export const renderReport = (figures: CostFigures, workloads: readonly Workload[]): string => {
  const { from, to, timeZone } = figures.costs.period
  return [
    `Cost by workload and model, ${from} until before ${to} (${timeZone})`,
    ...costTable(figures.costs),
    '',
    'Cost per unit of work against its goal',
    ...unitTable(figures.units),
    '',
    'Coverage against its goal',
    ...coverageTable(figures.coverage, workloads),
  ].join('\n')
}

/** A thing to open or to do next, with its name. */
export interface Pointer {
  readonly name: string
  readonly text: string
}

/** Renders names and addresses under each other. */
export const renderPointers = (pointers: readonly Pointer[]): string => {
  const width = Math.max(...pointers.map(({ name }) => name.length))
  return pointers.map(({ name, text }) => `  ${name.padEnd(width)}  ${text}`).join('\n')
}
