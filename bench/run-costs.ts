import { type MeasuredRun } from './backlog.ts'
import { type GrowthFigures, measureGrowth, settleHistory } from './growth.ts'
import { Loader } from './load.ts'
import { describeMachine, load } from './machine.ts'
import { superuser } from './postgres.ts'
import { measureReports, type ReportFigures } from './report.ts'
import { sampleTrace } from './sample-trace.ts'
import { mainDatabase, Stand } from './stand.ts'
import { judgeGoals, printBacklog, printGoals, printGrowth, printReport, say } from './print.ts'
import { spansPerTrace } from './traffic.ts'

export interface BenchmarkOptions {
  readonly quick: boolean
  readonly traces: number
}

/** Everything that one run measured. */
export interface CostFigures {
  readonly report: ReportFigures
  readonly backlog: MeasuredRun
  readonly growth: readonly GrowthFigures[]
}

/** The traces' last moment. Fixed, so that every run loads the same and prices of the same days apply. */
const end = new Date('2026-11-24T00:00:00Z')

/** The day that is the first one without traces, in the environment's time zone. */
const lastDay = '2026-11-24'

const days = 90

/** Starts everything, measures, prints, ends everything. Returns the exit code. */
export async function runCostBenchmark(options: BenchmarkOptions): Promise<number> {
  let interrupted = false
  const stand = new Stand((message) => {
    if (!interrupted) console.error(message)
    void stand.close().finally(() => process.exit(1))
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (interrupted) return
      interrupted = true
      console.error(`\n${signal}: ending Postgres and MLflow.`)
      void stand.close().finally(() => process.exit(130))
    })
  }
  try {
    const figures = await measure(stand, options)
    const goals = judgeGoals(figures, options.quick)
    printGoals(goals)
    return options.quick && goals.some(({ met, holdsWhenQuick }) => holdsWhenQuick && !met) ? 1 : 0
  } catch (error) {
    // What breaks while everything is being ended is no news.
    if (interrupted) return new Promise(() => undefined)
    console.error(error)
    console.error(`The end of Postgres's log:\n${stand.postgresLog}`)
    return 1
  } finally {
    await stand.close()
  }
}

async function measure(stand: Stand, options: BenchmarkOptions): Promise<CostFigures> {
  await stand.start()
  const sample = await sampleTrace(stand)
  const loader = await Loader.prepare(stand, sample)
  for (const line of await describeMachine(stand)) say(line)
  const history = { from: new Date(end.getTime() - days * 86_400_000), until: end }

  const sizes = historySizes(options)
  for (const size of sizes) await stand.copyDatabase(historyDatabase(size), mainDatabase)

  const started = performance.now()
  await loader.load({ ...history, traces: options.traces }, { bulk: true })
  say(
    `loaded ${count(options.traces)} traces, ${count(options.traces * spansPerTrace)} spans, ` +
      `${await sizeOf(stand)}, in ${((performance.now() - started) / 1000).toFixed(0)} s; load ${load()}`,
  )

  const backlog = await settleHistory(stand, mainDatabase, end)
  printBacklog(backlog)
  const report = await measureReports(stand, loader.experimentIds, lastDay, options.quick ? 5 : 9)
  printReport(report)

  for (const size of sizes) {
    await loader.load({ ...history, traces: size }, { database: historyDatabase(size), bulk: true })
    await settleHistory(stand, historyDatabase(size), end)
  }
  const histories = [
    ...sizes.map((size) => ({ database: historyDatabase(size), traces: size, days, until: end })),
    { database: mainDatabase, traces: options.traces, days, until: end },
  ]
  const growth = await measureGrowth(stand, loader, histories, options.quick ? 2_000 : 10_000, 5)
  printGrowth(growth)
  return { report, backlog, growth }
}

/** A hundredth and a tenth of the whole: 10 thousand and 100 thousand of a million. */
function historySizes({ traces, quick }: BenchmarkOptions): number[] {
  return (quick ? [traces / 100] : [traces / 100, traces / 10]).map(Math.round)
}

function historyDatabase(size: number): string {
  return `history_${size}`
}

async function sizeOf(stand: Stand): Promise<string> {
  const client = await stand.connect(superuser)
  const { rows } = await client.query<{ size: string }>(
    'select pg_size_pretty(pg_database_size(current_database())) as size',
  )
  await client.end()
  return rows[0]?.size ?? ''
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
