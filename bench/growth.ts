import { type MeasuredRun, runJob } from './backlog.ts'
import type { Loader } from './load.ts'
import { superuser } from './postgres.ts'
import type { Stand } from './stand.ts'

const hour = 3_600_000
const day = 24 * hour

/** A database with a history of settled traces. */
export interface History {
  readonly database: string
  readonly traces: number
  readonly days: number
  readonly until: Date
}

/** What the job takes for new traces beside a history. Milliseconds, in the order of the repetitions. */
export interface GrowthFigures {
  readonly history: number
  readonly newTraces: number
  /** Until the new traces were settled. */
  readonly settled: readonly number[]
  /** The whole job, with its count of late calls and daily figures. */
  readonly whole: readonly number[]
  /** To settle when nothing is new: the lateness window is only looked at again. */
  readonly idle: readonly number[]
}

/** Settles everything, so that only what is added later is new. */
export async function settleHistory(
  stand: Stand,
  database: string,
  until: Date,
): Promise<MeasuredRun> {
  const run = await runJob(await stand.dataApi('ops', database), until)
  const client = await stand.connect(superuser, database)
  // What autovacuum would do in its own time.
  for (const table of ['llm_call', 'cost_rollup', 'unit_cost']) {
    await client.query(`vacuum (analyze) ops.${table}`)
  }
  await client.end()
  return run
}

/**
 * Adds new traces in the last hour to each history and runs the job, again and again, two days apart: on both days the
 * history goes on as before and is settled, so that each run meets a lateness window with its share of the history and
 * nothing else. The histories take turns, so that other work on the machine meets all of them.
 */
export async function measureGrowth(
  stand: Stand,
  loader: Loader,
  histories: readonly History[],
  newTraces: number,
  repetitions: number,
): Promise<GrowthFigures[]> {
  const figures = histories.map(({ traces }) => ({
    history: traces,
    newTraces,
    settled: [] as number[],
    whole: [] as number[],
    idle: [] as number[],
  }))
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    for (const [index, { database, traces, days, until: start }] of histories.entries()) {
      const from = new Date(start.getTime() + repetition * 2 * day)
      const until = new Date(from.getTime() + 2 * day)
      const lastHour = new Date(until.getTime() - hour)
      const ops = await stand.dataApi('ops', database)
      await loader.load(
        { from, until: lastHour, traces: Math.max(1, Math.round((2 * traces) / days)) },
        { database },
      )
      await runJob(ops, lastHour)
      await loader.load({ from: lastHour, until, traces: newTraces }, { database })
      figures[index]?.idle.push((await runJob(ops, lastHour)).settledAfter)
      const run = await runJob(ops, until)
      if (run.traces < newTraces) throw new Error(`Only ${run.traces} new traces were settled.`)
      figures[index]?.settled.push(run.settledAfter)
      figures[index]?.whole.push(run.milliseconds)
    }
  }
  return figures
}
