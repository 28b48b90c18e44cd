import { renderTable } from '../local/table.ts'
import type { MeasuredRun } from './backlog.ts'
import type { GrowthFigures } from './growth.ts'
import { load } from './machine.ts'
import { median } from './measure.ts'
import type { ReportFigures } from './report.ts'
import type { CostFigures } from './run-costs.ts'

/** A goal and what was measured. */
export interface JudgedGoal {
  readonly goal: string
  readonly measured: string
  readonly met: boolean
  /** Whether it is expected of a small run as well: a ratio that does not need a million traces to show. */
  readonly holdsWhenQuick: boolean
}

const begun = Date.now()

/** Prints a line with the seconds since the start. */
export function say(line: string): void {
  console.log(`${((Date.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${line}`)
}

/** The report each way, and how much longer the others take than ours. */
export function printReport(report: ReportFigures): void {
  const search = report.searchPage * report.searchPages
  const lines: [string, number, string][] = [
    ['our rollups: day, model, workload (SQL)', report.sql, `${report.rows} rows`],
    ['GET /ops/costs: the same, with totals and notes', report.route, 'by the Data API, all pages'],
    ['traces/metrics: model', report.metricsByModel, 'workloads in one sum'],
    [
      'traces/metrics: UTC day, model, per workload',
      report.metricsByDayModelWorkload,
      'one request a workload',
    ],
    [
      'traces/search: a total per trace, no model',
      search,
      `extrapolated: ${report.searchPages} pages of ${report.searchPage.toFixed(0)} ms`,
    ],
  ]
  say(
    `costs of ${report.days} days, ${count(report.traces)} traces; ` +
      `medians of ${report.runs} runs; load ${load()}`,
  )
  print(
    renderTable(
      [
        { title: 'report', text: ([name]) => name },
        { title: 'ms', text: ([, milliseconds]) => milliseconds.toFixed(1), right: true },
        {
          title: 'x SQL',
          text: ([, milliseconds]) => ratio(milliseconds / report.sql),
          right: true,
        },
        {
          title: 'x route',
          text: ([, milliseconds]) => ratio(milliseconds / report.route),
          right: true,
        },
        { title: '', text: ([, , note]) => note },
      ],
      lines,
    ),
  )
  print(
    renderTable(
      [
        { title: 'model', text: ([model]) => model },
        {
          title: "MLflow's USD, from MLflow",
          text: ([, { mlflow }]) => mlflow.toFixed(4),
          right: true,
        },
        { title: 'from our rollups', text: ([, { ours }]) => ours.toFixed(4), right: true },
      ],
      [...report.costs],
    ),
  )
}

/** What the job made of everything at once. */
export function printBacklog(backlog: MeasuredRun): void {
  const chunks = backlog.chunkMilliseconds
  say(
    `backlog: ${count(backlog.calls)} calls in ` +
      `${(backlog.settledAfter / 1000).toFixed(1)} s, ${callsPerSecond(backlog).toFixed(0)} calls/s; ` +
      `${backlog.chunks} chunks, median ${median(chunks).toFixed(0)} ms, ` +
      `first ${(chunks[0] ?? 0).toFixed(0)} ms, longest ${Math.max(...chunks).toFixed(0)} ms; ` +
      `${((backlog.milliseconds - backlog.settledAfter) / 1000).toFixed(1)} s for late calls and daily figures; load ${load()}`,
  )
}

/** What new traces take beside a small and a large history. */
export function printGrowth(growth: readonly GrowthFigures[]): void {
  const [first] = growth
  if (!first) return
  say(
    `${count(first.newTraces)} new traces, medians of ${first.settled.length} runs in milliseconds; load ${load()}`,
  )
  print(
    renderTable<GrowthFigures>(
      [
        { title: 'history', text: ({ history }) => count(history), right: true },
        { title: 'to settle', text: ({ settled }) => median(settled).toFixed(0), right: true },
        {
          title: 'x first',
          text: ({ settled }) => ratio(median(settled) / median(first.settled)),
          right: true,
        },
        { title: 'whole job', text: ({ whole }) => median(whole).toFixed(0), right: true },
        {
          title: 'x first',
          text: ({ whole }) => ratio(median(whole) / median(first.whole)),
          right: true,
        },
        { title: 'nothing new', text: ({ idle }) => median(idle).toFixed(0), right: true },
        {
          title: 'to settle, each',
          text: ({ settled }) => settled.map((time) => time.toFixed(0)).join(' '),
        },
      ],
      growth,
    ),
  )
}

/** Holds the figures against the goals: medians, and in a quick run the fastest runs of growing histories. */
export function judgeGoals({ report, backlog, growth }: CostFigures, quick: boolean): JudgedGoal[] {
  const sameReport = report.metricsByDayModelWorkload / report.sql
  const cheapest = report.metricsByModel / report.sql
  const [smallest, largest] = [growth[0]?.settled ?? [], growth.at(-1)?.settled ?? []]
  // In a quick run a second of other work outweighs what is measured; it can only add to the time.
  const typical = quick ? (times: readonly number[]) => Math.min(...times) : median
  const grown = typical(largest) / typical(smallest)
  const rate = callsPerSecond(backlog)
  return [
    {
      goal: 'the report at least 50 times faster than the same from traces/metrics',
      measured: `${ratio(sameReport)} x`,
      met: sameReport >= 50,
      holdsWhenQuick: false,
    },
    {
      goal: '... and than its cheapest answer, cost by model alone',
      measured: `${ratio(cheapest)} x`,
      met: cheapest >= 50,
      holdsWhenQuick: false,
    },
    {
      goal: 'new traces beside the largest history at most 1.3 times as long as beside the smallest',
      measured: `${grown.toFixed(2)} x`,
      met: grown <= 1.3,
      holdsWhenQuick: true,
    },
    {
      goal: 'at least 20,000 calls a second on a backlog',
      measured: `${rate.toFixed(0)} calls/s`,
      met: rate >= 20_000,
      holdsWhenQuick: false,
    },
  ]
}

export function printGoals(goals: readonly JudgedGoal[]): void {
  say('goals')
  print(
    renderTable<JudgedGoal>(
      [
        { title: 'goal', text: ({ goal }) => goal },
        { title: 'measured', text: ({ measured }) => measured },
        { title: '', text: ({ met }) => (met ? 'met' : 'missed') },
      ],
      goals,
    ),
  )
}

function callsPerSecond(backlog: MeasuredRun): number {
  return backlog.calls / (backlog.settledAfter / 1000)
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function ratio(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0)
}

function print(lines: readonly string[]): void {
  for (const line of ['', ...lines, '']) console.log(line)
}
