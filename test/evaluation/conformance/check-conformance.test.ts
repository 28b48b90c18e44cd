import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkConformance } from '../../../lambdas/evaluation/conformance/check-conformance.ts'
import { readCsvLog } from '../../../lambdas/evaluation/conformance/read-event-log.ts'
import { readPetriNet } from '../../../lambdas/evaluation/conformance/read-petri-net.ts'
import { anyNet, anyTrace, replayable } from './nets.ts'
import {
  bytesOf,
  fullReferences,
  logOf,
  logOfReference,
  logReferences,
  netOf,
} from './reference.ts'

const clock = () => 0

const logs = [
  ['running-example', 'running-example.csv', 'running-example.pnml'],
  ['roadtraffic100', 'roadtraffic100traces.csv', 'roadtraffic-inductive-top2.pnml'],
] as const

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

describe.each(logs)('the log %s', (name, csv, pnml) => {
  const reference = logReferences[name]
  const result = checkConformance(readPetriNet(bytesOf(pnml)), readCsvLog(bytesOf(csv)), clock)

  it('fits by alignments as it does in pm4py', () => {
    const { log_fitness, average_trace_fitness, percentage_of_fitting_traces } =
      reference.alignments
    expect(result.fitnessWithInvisibleSteps).toBeCloseTo(log_fitness, 12)
    expect(mean(result.cases.map(({ fitness }) => fitness ?? Number.NaN))).toBeCloseTo(
      average_trace_fitness,
      12,
    )
    expect((result.fittingCases ?? 0) * 100).toBeCloseTo(percentage_of_fitting_traces, 12)
    expect(result.unaligned).toBe(0)
  })

  it('fits by token replay as it does in pm4py', () => {
    expect(result.tokenFitness).toBeCloseTo(reference.token_replay.log_fitness, 12)
    expect(mean(result.cases.map((aCase) => aCase.tokenFitness))).toBeCloseTo(
      reference.token_replay.average_trace_fitness,
      12,
    )
  })

  it('is as precise as in pm4py', () => {
    expect(result.tokenPrecision).toBeCloseTo(reference.precision_token_replay_etc, 12)
    expect(result.alignmentPrecision).toBeCloseTo(reference.precision_alignments_align_etc, 12)
    expect(result.runPrecision).toBeCloseTo(reference.precision_alignments_align_etc, 12)
  })

  it('is reported case by case, in its order', () => {
    expect(result.cases.map(({ id }) => id)).toEqual(
      readCsvLog(bytesOf(csv)).cases.map(({ id }) => id),
    )
  })
})

it('a log that fits has fitness 1, where pm4py counts its invisible steps', () => {
  const net = readPetriNet(bytesOf('running-example.pnml'))
  const result = checkConformance(net, readCsvLog(bytesOf('running-example.csv')), clock)
  expect(result.fitness).toBe(1)
  expect(result.fitnessWithInvisibleSteps).toBeLessThan(1)
})

describe('figures of a log', () => {
  it.each(fullReferences)('by alignments are those of pm4py: $name', (reference) => {
    const result = checkConformance(netOf(reference.net), logOfReference(reference), clock)
    expect(result.fitnessWithInvisibleSteps).toBeCloseTo(reference.log.fitness, 12)
  })

  // Where several transitions have one name, pm4py's choice among them is not written down anywhere.
  it.each(fullReferences.filter(({ duplicateLabels }) => !duplicateLabels))(
    'are those of pm4py: $name',
    (reference) => {
      const result = checkConformance(netOf(reference.net), logOfReference(reference), clock)
      expect(result.tokenFitness).toBeCloseTo(reference.log.tokenFitness, 12)
      expect(result.tokenPrecision).toBeCloseTo(reference.log.tokenPrecision, 12)
      expect(result.alignmentPrecision).toBeCloseTo(reference.log.alignmentPrecision, 12)
    },
  )

  it('lie within 0 and 1', () => {
    fc.assert(
      fc.property(anyNet, fc.array(anyTrace, { minLength: 1, maxLength: 5 }), (net, traces) => {
        const result = checkConformance(net, logOf(traces), clock)
        for (const figure of [
          result.fitness,
          result.fitnessWithInvisibleSteps,
          result.tokenFitness,
          result.tokenPrecision ?? 1,
          result.alignmentPrecision ?? 1,
          result.runPrecision ?? 1,
          result.fittingCases,
        ]) {
          expect(figure).toBeGreaterThanOrEqual(0)
          expect(figure).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('are 1 by alignments for traces that the net can replay', () => {
    fc.assert(
      fc.property(replayable(anyNet), ({ net, trace }) => {
        expect(checkConformance(net, logOf([trace, trace]), clock)).toMatchObject({
          fitness: 1,
          fittingCases: 1,
        })
      }),
    )
  })
})

it('two cases of one name keep their own results', () => {
  const net = readPetriNet(bytesOf('roadtraffic-inductive-top2.pnml'))
  const log = logOf([['Create Fine', 'Payment'], ['Payment'], ['Create Fine', 'Payment']])
  const cases = log.cases.map((aCase, index) => (index === 0 ? aCase : { ...aCase, id: 'same' }))
  const result = checkConformance(net, { ...log, cases }, clock)
  expect(result.cases.map(({ id, events }) => [id, events])).toEqual([
    ['case 0', 2],
    ['same', 1],
    ['same', 2],
  ])
})

describe('cases that cannot be aligned', () => {
  const net = readPetriNet(bytesOf('running-example.pnml'))
  const log = readCsvLog(bytesOf('running-example.csv'))

  it('are counted with their reason and leave the others as they are', () => {
    const limited = checkConformance(net, log, clock, { maxStates: 10 })
    expect(limited.unaligned).toBeGreaterThan(0)
    expect(limited.unaligned).toBeLessThan(log.cases.length)
    for (const { fitness, reason } of limited.cases) expect(fitness === null).toBe(reason !== null)
    expect(limited.fitness).toBe(1)
  })

  it('give no figure at all when there are no others', () => {
    expect(checkConformance(net, log, clock, { maxStates: 1 })).toMatchObject({
      fitness: null,
      fittingCases: null,
      runPrecision: null,
      unaligned: log.cases.length,
      tokenFitness: 1,
    })
  })
})
