import type { PriceOverride } from '../../config/prices.ts'
import type { Workload } from '../domain/workload.ts'
import type { Statements } from '../platform/data-api.ts'
import {
  combinationsAtOnce,
  findFirstSpan,
  findUnresolvedCombinations,
  type SpanRange,
} from './combinations.ts'
import { callsPerChunk, settleChunk } from './settle.ts'
import { resolveAndStore } from './store-prices.ts'

/** Workload of the calls in experiments that no workload names: they cost money as well. */
export const unassignedWorkload = 'unassigned'

/** An MLflow experiment with spans, as the job sees it. */
export interface TracedExperiment {
  readonly id: number
  readonly name: string
  /** Nanoseconds since the epoch; `null` before its first run. */
  readonly settledUntil: bigint | null
}

/** What the job is told from outside. */
export interface AggregationOptions {
  readonly workloads: readonly Workload[]
  readonly overrides: readonly PriceOverride[]
  readonly timeZone: string
  /** Spans that arrive within this time of their start are picked up. */
  readonly latenessHours: number
  /** Start of the oldest calls that are kept. */
  readonly oldestKept: Date
  /** End of what is settled in this run. */
  readonly now: Date
  /** Settles again from here, instead of from the lateness window, to take up late calls; not before `oldestKept`. */
  readonly from?: Date
  /** @default {@link callsPerChunk} */
  readonly callLimit?: number
  /** Whether there is time for one more chunk. */
  readonly mayContinue: () => boolean
  /** Told after every chunk. */
  readonly onProgress?: (progress: Progress) => void
}

/** How far a run is with one experiment. */
export interface Progress {
  readonly experiment: string
  readonly calls: number
  readonly settledUntil: Date
  /** Share of the experiment's range that is done, 0 to 1. */
  readonly share: number
}

/** What a run did. */
export interface Aggregation {
  /** Another run was at work; it will do what is left. */
  readonly busy: boolean
  /** Everything until `now` is settled. `false`: time ran out, the next run goes on. */
  readonly finished: boolean
  readonly traces: number
  readonly calls: number
  readonly changed: number
  readonly chunks: number
}

const nanosecondsPerMillisecond = 1_000_000n

/** Nanoseconds since the epoch. */
export function toNanoseconds(moment: Date): bigint {
  return BigInt(moment.getTime()) * nanosecondsPerMillisecond
}

/** A moment from nanoseconds since the epoch. */
function fromNanoseconds(nanoseconds: bigint): Date {
  return new Date(Number(nanoseconds / nanosecondsPerMillisecond))
}

/** The experiments that have spans. */
export async function listTracedExperiments(statements: Statements): Promise<TracedExperiment[]> {
  const rows = await statements.query<{ id: number; name: string; settled: string | null }>(
    `select experiment_id as id, name, settled_until_ns::text as settled from ops.traced_experiments()`,
  )
  return rows.map(({ id, name, settled }) => ({
    id,
    name,
    settledUntil: settled === null ? null : BigInt(settled),
  }))
}

/** Name of the workload whose calls an experiment holds. */
export function workloadOf(
  experiment: { readonly name: string },
  workloads: readonly Workload[],
): string {
  return (
    workloads.find((workload) => workload.experiment === experiment.name)?.name ??
    unassignedWorkload
  )
}

/** Start of what a run looks at: the lateness window before the watermark, or the oldest calls that are kept. */
export function windowStart(experiment: TracedExperiment, options: AggregationOptions): bigint {
  const oldest = toNanoseconds(options.oldestKept)
  const wanted =
    options.from === undefined
      ? (experiment.settledUntil ?? oldest) -
        BigInt(options.latenessHours) * 3_600_000n * nanosecondsPerMillisecond
      : toNanoseconds(options.from)
  // Calls before it were dropped but are in the sums: settled again they would count twice.
  return wanted > oldest ? wanted : oldest
}

/**
 * Turns the new spans of every experiment into priced calls: drops what is no longer kept, finds what has no price,
 * resolves it, settles in chunks.
 */
export async function aggregateCosts(
  statements: Statements,
  experiments: readonly TracedExperiment[],
  options: AggregationOptions,
): Promise<Aggregation> {
  const total = { traces: 0, calls: 0, changed: 0, chunks: 0 }
  await statements.query(`select ops.expire_calls(:before::timestamptz)`, {
    before: options.oldestKept.toISOString(),
  })
  const until = toNanoseconds(options.now)
  for (const experiment of experiments) {
    const start = windowStart(experiment, options)
    const workload = {
      name: workloadOf(experiment, options.workloads),
      timeZone: options.timeZone,
    }
    const range = { experimentId: experiment.id, untilNanoseconds: until }
    await resolveNewCombinations(
      statements,
      { ...range, fromNanoseconds: start },
      options.overrides,
    )
    let cursor = start
    while (cursor < until) {
      if (!options.mayContinue()) return { ...total, busy: false, finished: false }
      const chunk = await settleChunk(
        statements,
        { ...range, fromNanoseconds: cursor },
        workload,
        options.callLimit ?? callsPerChunk,
      )
      if (chunk.busy) return { ...total, busy: true, finished: false }
      total.traces += chunk.traces
      total.calls += chunk.calls
      total.changed += chunk.changed
      total.chunks += 1
      cursor = chunk.nextNanoseconds
      options.onProgress?.({
        experiment: experiment.name,
        calls: total.calls,
        settledUntil: fromNanoseconds(chunk.nextNanoseconds),
        share: Number(((chunk.nextNanoseconds - start) * 1000n) / (until - start)) / 1000,
      })
      if (chunk.finished) break
    }
  }
  return { ...total, busy: false, finished: true }
}

/** Nanoseconds of a range that one statement searches: a backlog of a year must not take more than a statement may. */
const searchedAtOnce = 2n * 24n * 3_600_000n * nanosecondsPerMillisecond

/** Finds and resolves part by part, so that a first run over years of traces stays within the limits of a statement. */
async function resolveNewCombinations(
  statements: Statements,
  range: SpanRange,
  overrides: readonly PriceOverride[],
): Promise<void> {
  const until = range.untilNanoseconds
  const first = (await findFirstSpan(statements, range)) ?? until
  for (let from = first; from < until; from += searchedAtOnce) {
    const end = from + searchedAtOnce
    const part = { ...range, fromNanoseconds: from, untilNanoseconds: end < until ? end : until }
    for (;;) {
      const combinations = await findUnresolvedCombinations(statements, part)
      await resolveAndStore(statements, combinations, overrides)
      if (combinations.length < combinationsAtOnce) break
    }
  }
}
