import {
  alignerFor,
  type AlignmentOptions,
  type AlignmentResult,
  deviations,
  type Move,
} from './alignment.ts'
import { type EventLog, type Finding, keyOfTrace, traceOf, variantsOf } from './event-log.ts'
import {
  alignmentCosts,
  type AlignmentCosts,
  alignmentFitness,
  alignmentLogFitness,
  pm4pyInvisibleWeight,
  tokenFitness,
} from './fitness.ts'
import type { PetriNet } from './petri-net.ts'
import { alignmentPrecision, runPrecision, tokenPrecision } from './precision.ts'
import { replayTokens, type TokenReplay } from './token-replay.ts'

export interface CaseConformance {
  readonly id: string
  readonly events: number
  /** Fitness by alignment, 0..1; `null` with the `reason` when the case could not be aligned. */
  readonly fitness: number | null
  readonly reason: string | null
  /** What the fitness of the log with invisible steps is summed from; `null` without an alignment. */
  readonly costs: AlignmentCosts | null
  /** Steps in which the case differs from the model: `log` happened and should not, `model` should have and did not. */
  readonly deviations: readonly Extract<Move, { kind: 'log' | 'model' }>[] | null
  readonly tokenFitness: number
  readonly tokens: TokenReplay
  /** Time for the alignment of its variant; cases of one variant share it. */
  readonly milliseconds: number
}

export interface Conformance {
  /** In the order of the log. */
  readonly cases: readonly CaseConformance[]
  /** Fitness of the log by alignments, 0..1, over the cases that could be aligned; `null` when none could. */
  readonly fitness: number | null
  /** As pm4py 2.7 computes it: an invisible step of the model costs 1/10000. */
  readonly fitnessWithInvisibleSteps: number | null
  readonly tokenFitness: number | null
  readonly tokenPrecision: number | null
  /** Over the beginnings of cases that the model can do, as pm4py 2.7 computes it. */
  readonly alignmentPrecision: number | null
  /** Over the aligned runs, so that deviating cases count too. */
  readonly runPrecision: number | null
  /** Share of the cases without any deviation, 0..1. */
  readonly fittingCases: number | null
  /** Cases that could not be aligned; they are in none of the figures by alignment. */
  readonly unaligned: number
  readonly warnings: readonly Finding[]
}

export interface ConformanceOptions extends AlignmentOptions {
  /** Time after which no further variant is aligned; their cases are `unaligned`. @default no limit */
  readonly maxMilliseconds?: number | undefined
}

/**
 * How far a log agrees with a model, per case and as a whole. Cases that took the same steps are aligned once.
 *
 * @param now a clock in milliseconds, for the time per case
 */
export function checkConformance(
  net: PetriNet,
  log: EventLog,
  now: () => number,
  options: ConformanceOptions = {},
): Conformance {
  const { maxMilliseconds = Number.POSITIVE_INFINITY } = options
  const align = alignerFor(net, options)
  const begin = now()
  const shortestRun = align([])
  const variants = variantsOf(log).map((variant) => {
    const start = now()
    const result: AlignmentResult =
      shortestRun.alignment === null
        ? shortestRun
        : start - begin > maxMilliseconds
          ? { alignment: null, reason: `The log was not aligned within ${maxMilliseconds} ms` }
          : align(variant.trace)
    return {
      ...variant,
      result,
      milliseconds: now() - start,
      tokens: replayTokens(net, variant.trace),
    }
  })
  const aligned = variants.flatMap(({ result: { alignment }, trace, cases }) =>
    alignment === null
      ? []
      : [{ alignment, cases: cases.length, measured: { alignment, length: trace.length } }],
  )
  const replays = variants.map(({ tokens, cases }) => ({ measured: tokens, cases: cases.length }))

  const byTrace = new Map(
    variants.map((variant) => {
      const { trace, tokens, milliseconds } = variant
      const { alignment, reason } = variant.result
      const fitness =
        alignment === null || shortestRun.alignment === null
          ? null
          : alignmentFitness(alignment, trace.length, shortestRun.alignment)
      return [
        keyOfTrace(trace),
        {
          events: trace.length,
          fitness,
          reason,
          costs:
            alignment === null || shortestRun.alignment === null
              ? null
              : alignmentCosts(
                  { alignment, length: trace.length },
                  shortestRun.alignment,
                  pm4pyInvisibleWeight,
                ),
          deviations: alignment === null ? null : deviations(alignment),
          tokenFitness: tokenFitness([{ measured: tokens, cases: 1 }]) ?? 0,
          tokens,
          milliseconds,
        },
      ]
    }),
  )
  const cases = log.cases.flatMap((aCase): CaseConformance[] => {
    const ofVariant = byTrace.get(keyOfTrace(traceOf(aCase)))
    return ofVariant === undefined ? [] : [{ id: aCase.id, ...ofVariant }]
  })
  const measured = cases.filter(({ fitness }) => fitness !== null)
  const logFitness = (invisibleWeight: number) =>
    shortestRun.alignment === null
      ? null
      : alignmentLogFitness(aligned, shortestRun.alignment, invisibleWeight)

  return {
    cases,
    fitness: logFitness(0),
    fitnessWithInvisibleSteps: logFitness(pm4pyInvisibleWeight),
    tokenFitness: tokenFitness(replays),
    tokenPrecision: tokenPrecision(net, variants),
    alignmentPrecision: alignmentPrecision(net, variants),
    runPrecision: runPrecision(net, aligned),
    fittingCases:
      measured.length === 0
        ? null
        : measured.filter(({ deviations: steps }) => steps?.length === 0).length / measured.length,
    unaligned: cases.length - measured.length,
    warnings: log.warnings,
  }
}
