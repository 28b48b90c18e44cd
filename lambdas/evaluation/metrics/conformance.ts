import type { CaseConformance } from '../conformance/check-conformance.ts'
import { type AlignmentCosts, fitnessOf, tokenFitness } from '../conformance/fitness.ts'
import type { TokenReplay } from '../conformance/token-replay.ts'
import { defineMetric, type Finding, type MetricDefinition, unscored } from './metric.ts'

/** Tokens of a case, as counted when it was replayed. */
export type TokenCounts = Omit<TokenReplay, 'unknown'>

/** A figure of the log as a whole, and the cases that it is of. */
export interface LogFigure {
  readonly value: number | null
  readonly cases: number
}

const alignments =
  "A. Adriansyah, Aligning observed and modeled behavior, PhD thesis, Eindhoven 2014; equal to pm4py 2.7.23's"
const escapingEdges = 'J. Muñoz-Gama, J. Carmona, BPM 2010; equal to pm4py 2.7.23'

/** Fitness of one case. */
export const conformance = defineMetric<CaseConformance>(
  {
    name: 'conformance',
    version: '1',
    per: 'row',
    better: 'higher',
    definition:
      'Of a case: 1 - deviating steps of its optimal alignment / (its events + steps of the shortest run of the model).',
    source: `${alignments} fitness of a trace`,
  },
  (found) => {
    const { fitness, reason, costs, deviations, tokens, milliseconds } = found
    const parts = {
      events: found.events,
      // What the figures of the log are summed from.
      ...(costs !== null && { cost: costs.cost, worst: costs.worst }),
      produced: tokens.produced,
      consumed: tokens.consumed,
      missing: tokens.missing,
      remaining: tokens.remaining,
      tokenFitness: found.tokenFitness,
      unknownActivities: tokens.unknown,
      milliseconds,
      deviations: (deviations ?? []).map(({ kind, activity }) => ({ kind, activity })),
    }
    if (fitness === null || deviations === null) {
      return unscored(`The case was not aligned: ${reason ?? ''}.`, parts)
    }
    return {
      score: fitness,
      rationale:
        deviations.length === 0
          ? 'The case does what the model says.'
          : `${deviations.length} steps deviate: ${deviations
              .map(({ kind, activity }) => `${activity} ${kind === 'log' ? 'happened' : 'did not'}`)
              .join(', ')}.`,
      parts,
    }
  },
)

/** Fitness of the log by alignments. */
export const conformanceFitness = defineMetric<readonly (AlignmentCosts | null)[]>(
  {
    name: 'conformance_fitness',
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition:
      'Of the log: 1 - costs of the optimal alignments of all cases / costs of their worst ones, where a deviating step costs 10,000 and an invisible step of the model 1. Cases that could not be aligned are left out and counted.',
    source: `${alignments} log_fitness`,
  },
  (cases) => {
    const known = cases.filter((costs) => costs !== null)
    const parts = { aligned: known.length, unaligned: cases.length - known.length }
    if (known.length === 0) return unscored('No case was aligned.', parts)
    const fitness = fitnessOf({
      cost: known.reduce((sum, { cost }) => sum + cost, 0),
      worst: known.reduce((sum, { worst }) => sum + worst, 0),
    })
    return figure(fitness, `${known.length} of ${cases.length} cases were aligned.`, parts)
  },
)

/** Fitness of the log by token replay. */
export const conformanceTokenFitness = defineMetric<readonly (TokenCounts | null)[]>(
  {
    name: 'conformance_token_fitness',
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition:
      'Of the log: (1 - missing / consumed tokens) / 2 + (1 - remaining / produced tokens) / 2, over the tokens of all cases.',
    source:
      'A. Rozinat, W.M.P. van der Aalst, Information Systems 33 (2008), definition 4; equal to pm4py 2.7.23',
  },
  (cases) => {
    const known = cases.filter((tokens) => tokens !== null)
    const fitness = tokenFitness(known.map((measured) => ({ measured, cases: 1 })))
    if (fitness === null) return unscored('No case was replayed.')
    return figure(fitness, `Over the tokens of ${known.length} cases.`, { replayed: known.length })
  },
)

/** Precision of the model by token replay. */
export const conformancePrecision = defineMetric<LogFigure>(
  ofLog(
    'conformance_precision',
    'Of all that the model allows after the beginnings of cases (by token replay), the share that also happened in the log.',
  ),
  shareAllowed,
)

/** Precision of the model by alignments. */
export const conformanceAlignmentPrecision = defineMetric<LogFigure>(
  ofLog(
    'conformance_alignment_precision',
    'Of all that the model allows after those beginnings of cases that it can do without a deviation, the share that also happened in the log.',
  ),
  shareAllowed,
)

/** Milliseconds for a log. */
export const conformanceDuration = defineMetric<LogFigure>(
  {
    name: 'conformance_duration',
    version: '1',
    per: 'evaluation',
    better: 'lower',
    definition:
      'Milliseconds from the bytes of log and model to all figures of the log: reading, alignments, token replay, precision. One measurement.',
    source: 'our own; a clock around the check',
  },
  ({ value, cases }) =>
    value === null
      ? unscored('The log was not checked.')
      : figure(value, `${Math.round(value)} ms for ${cases} cases.`, { cases }),
)

function ofLog(name: string, definition: string): MetricDefinition {
  return {
    name,
    version: '1',
    per: 'evaluation',
    better: 'higher',
    definition,
    source: escapingEdges,
  }
}

function shareAllowed({ value, cases }: LogFigure): Finding {
  return value === null
    ? unscored('The model allows nothing after the beginnings of the cases.', { cases })
    : figure(value, `Over the beginnings of ${cases} cases.`, { cases })
}

function figure(score: number, rationale: string, parts: Finding['parts']): Finding {
  return { score, rationale, parts }
}
