import { type Alignment, deviationWeight } from './alignment.ts'
import type { TokenReplay } from './token-replay.ts'

/** Something measured and how many cases it stands for. */
export interface Weighted<Measured> {
  readonly measured: Measured
  readonly cases: number
}

/**
 * Fitness of one trace, 0..1: `1 - cost / (length of the trace + cost of the model's shortest run)`, that is the
 * deviations as a share of those of the worst alignment, in which log and model never move together.
 *
 * Source: A. Adriansyah, "Aligning observed and modeled behavior", PhD thesis, Eindhoven 2014, section 5.2.
 *
 * @param shortestRun the alignment of the empty trace
 */
export function alignmentFitness(
  alignment: Alignment,
  traceLength: number,
  shortestRun: Alignment,
): number {
  const worst = traceLength + shortestRun.cost
  return worst === 0 ? 1 : 1 - alignment.cost / worst
}

/** An alignment and the number of events of its trace. */
export interface AlignedTrace {
  readonly alignment: Alignment
  readonly length: number
}

/**
 * Fitness of a log by alignments, 0..1: the deviations of all cases as a share of those of their worst alignments.
 * `null` for a log without cases.
 *
 * Source: as `alignmentFitness`.
 *
 * @param invisibleWeight what an invisible step costs where a deviation costs 10,000. The default gives a log that
 *   fits fitness 1. pm4py counts 1 for it in the fitness of a log, not of a trace: `pm4pyInvisibleWeight`.
 */
export function alignmentLogFitness(
  traces: readonly Weighted<AlignedTrace>[],
  shortestRun: Alignment,
  invisibleWeight = 0,
): number | null {
  let cost = 0
  let worst = 0
  for (const { measured, cases } of traces) {
    const costs = alignmentCosts(measured, shortestRun, invisibleWeight)
    cost += cases * costs.cost
    worst += cases * costs.worst
  }
  return traces.length === 0 ? null : fitnessOf({ cost, worst })
}

/** What an alignment costs and what the worst one would, where a deviation costs 10,000. */
export interface AlignmentCosts {
  readonly cost: number
  readonly worst: number
}

/** The costs of one trace; those of a log are their sums. In whole numbers, so that the worst log has exactly 0. */
export function alignmentCosts(
  { alignment, length }: AlignedTrace,
  shortestRun: Alignment,
  invisibleWeight: number,
): AlignmentCosts {
  const costOf = ({ cost, invisible }: Alignment) =>
    cost * deviationWeight + invisible * invisibleWeight
  return { cost: costOf(alignment), worst: length * deviationWeight + costOf(shortestRun) }
}

/** Fitness of a trace or of a log, 0..1. */
export function fitnessOf({ cost, worst }: AlignmentCosts): number {
  return worst === 0 ? 1 : 1 - cost / worst
}

/** What pm4py 2.7 lets an invisible step cost in the fitness of a log. */
export const pm4pyInvisibleWeight = 1

/**
 * Fitness by token replay, 0..1: `1/2 (1 - missing/consumed) + 1/2 (1 - remaining/produced)`, for a trace, or for a
 * log with the tokens of all its cases added up. `null` for a log without cases.
 *
 * Source: A. Rozinat, W.M.P. van der Aalst, "Conformance checking of processes based on monitoring real behavior",
 * Information Systems 33 (2008), definition 4.
 */
export function tokenFitness(
  replays: readonly Weighted<Omit<TokenReplay, 'unknown'>>[],
): number | null {
  if (replays.length === 0) return null
  let [missing, consumed, remaining, produced] = [0, 0, 0, 0]
  for (const { measured, cases } of replays) {
    missing += cases * measured.missing
    consumed += cases * measured.consumed
    remaining += cases * measured.remaining
    produced += cases * measured.produced
  }
  return (1 - share(missing, consumed)) / 2 + (1 - share(remaining, produced)) / 2
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
