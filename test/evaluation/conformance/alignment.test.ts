import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Alignment,
  alignerFor,
  deviations,
  deviationWeight,
} from '../../../lambdas/evaluation/conformance/alignment.ts'
import { alignmentFitness } from '../../../lambdas/evaluation/conformance/fitness.ts'
import type { Trace } from '../../../lambdas/evaluation/conformance/event-log.ts'
import {
  fire,
  isEnabled,
  type PetriNet,
} from '../../../lambdas/evaluation/conformance/petri-net.ts'
import { readPetriNet } from '../../../lambdas/evaluation/conformance/read-petri-net.ts'
import { anyNet, anyTrace, replayable } from './nets.ts'
import { bytesOf, fullReferences, netOf, variantReferences } from './reference.ts'

function alignmentOf(net: PetriNet, trace: Trace): Alignment {
  const { alignment, reason } = alignerFor(net)(trace)
  if (alignment === null) throw new Error(reason)
  return alignment
}

function fitnessOf(net: PetriNet, trace: Trace): number {
  return alignmentFitness(alignmentOf(net, trace), trace.length, alignmentOf(net, []))
}

const roadTraffic = readPetriNet(bytesOf('roadtraffic-inductive-top2.pnml'))

describe('the alignment of a variant', () => {
  it.each(
    variantReferences.flatMap(({ name, net, traces }) =>
      traces.map((trace) => ({ ...trace, name, net: netOf(net), steps: trace.acts.join(', ') })),
    ),
  )('costs what it costs in pm4py ($name): $steps', ({ net, acts, align, cost }) => {
    expect(alignmentOf(net, acts).cost).toBe(cost)
    // The reference is rounded to six digits.
    expect(fitnessOf(net, acts)).toBeCloseTo(align, 6)
  })

  it.each(fullReferences)('costs what it costs in pm4py: $name', (reference) => {
    const net = netOf(reference.net)
    for (const { activities, cost, fitness } of reference.variants) {
      const alignment = alignmentOf(net, activities)
      expect(alignment.cost * deviationWeight + alignment.invisible).toBe(cost)
      expect(fitnessOf(net, activities)).toBeCloseTo(fitness, 12)
    }
  })
})

describe('the deviating steps of a case', () => {
  it('say what happened against the model and what did not happen', () => {
    const alignment = alignmentOf(roadTraffic, ['Create Fine', 'Payment', 'Send Fine'])
    expect(deviations(alignment)).toEqual([{ kind: 'log', activity: 'Send Fine', event: 2 }])

    const missing = alignmentOf(roadTraffic, [
      'Create Fine',
      'Send Fine',
      'Add penalty',
      'Send for Credit Collection',
    ])
    expect(deviations(missing)).toMatchObject([
      { kind: 'model', activity: 'Insert Fine Notification' },
    ])
  })

  it('include activities that the model does not know, where they happened', () => {
    const alignment = alignmentOf(roadTraffic, ['Start', 'Create Fine', 'Wait', 'Payment', 'End'])
    expect(alignment.moves.map(({ kind }) => kind)).toEqual([
      'log',
      'synchronous',
      'log',
      'synchronous',
      'log',
    ])
    expect(deviations(alignment)).toEqual([
      { kind: 'log', activity: 'Start', event: 0 },
      { kind: 'log', activity: 'Wait', event: 2 },
      { kind: 'log', activity: 'End', event: 4 },
    ])
  })
})

describe('a case that cannot be aligned', () => {
  it('has no alignment and a reason when too many states are explored', () => {
    expect(alignerFor(roadTraffic, { maxStates: 1 })(['Create Fine', 'Payment'])).toEqual({
      alignment: null,
      reason: expect.stringContaining('within 1 states') as string,
    })
  })

  it('has no alignment and a reason when the model never ends', () => {
    const net: PetriNet = { ...roadTraffic, finalMarking: roadTraffic.finalMarking.map(() => 7) }
    expect(alignerFor(net)(['Create Fine'])).toMatchObject({
      alignment: null,
      reason: 'The model cannot reach its final marking from its initial marking',
    })
  })

  it('stops at the limit when the model makes tokens without end', () => {
    const net: PetriNet = {
      places: ['start', 'many'],
      transitions: [
        { id: 'make', label: null, inputs: [], outputs: [{ place: 1, weight: 1 }] },
        { id: 'a', label: 'a', inputs: [{ place: 0, weight: 1 }], outputs: [] },
      ],
      initialMarking: [1, 0],
      finalMarking: [7, 0],
    }
    expect(alignerFor(net, { maxStates: 1000 })(['a']).reason).toContain('within 1000 states')
  })
})

describe('an alignment', () => {
  it('reads the trace and is a run of the model from its initial to its final marking', () => {
    fc.assert(
      fc.property(anyNet, anyTrace, (net, trace) => {
        const { moves, cost } = alignmentOf(net, trace)
        expect(moves.flatMap((move) => ('event' in move ? [trace[move.event]] : []))).toEqual(trace)
        let marking = net.initialMarking
        for (const move of moves) {
          if (!('transition' in move)) continue
          const transition = net.transitions.find(({ id }) => id === move.transition)
          if (transition === undefined) throw new Error(`There is no ${move.transition}`)
          expect(isEnabled(transition, marking)).toBe(true)
          expect(transition.label).toBe('activity' in move ? move.activity : null)
          marking = fire(transition, marking)
        }
        expect(marking).toEqual(net.finalMarking)
        expect(cost).toBe(deviations({ moves, cost, invisible: 0, explored: 0 }).length)
      }),
    )
  })

  it('gives a trace that the net can replay fitness 1', () => {
    fc.assert(
      fc.property(replayable(anyNet), ({ net, trace }) => {
        expect(fitnessOf(net, trace)).toBe(1)
      }),
    )
  })

  it('gives every trace a fitness within 0 and 1', () => {
    fc.assert(
      fc.property(anyNet, anyTrace, (net, trace) => {
        const fitness = fitnessOf(net, trace)
        expect(fitness).toBeGreaterThanOrEqual(0)
        expect(fitness).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('never gives a higher fitness for one more step that the net cannot do', () => {
    fc.assert(
      fc.property(anyNet, anyTrace, fc.nat(), (net, trace, at) => {
        const longer = trace.toSpliced(at % (trace.length + 1), 0, '?')
        expect(fitnessOf(net, longer)).toBeLessThanOrEqual(fitnessOf(net, trace))
      }),
    )
  })

  it('is the same whatever was aligned before', () => {
    fc.assert(
      fc.property(anyNet, fc.array(anyTrace, { maxLength: 4 }), anyTrace, (net, before, trace) => {
        const align = alignerFor(net)
        for (const other of before) align(other)
        expect(align(trace).alignment?.cost).toBe(alignmentOf(net, trace).cost)
      }),
    )
  })
})
