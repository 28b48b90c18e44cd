import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Trace } from '../../../lambdas/evaluation/conformance/event-log.ts'
import { tokenFitness } from '../../../lambdas/evaluation/conformance/fitness.ts'
import type { PetriNet } from '../../../lambdas/evaluation/conformance/petri-net.ts'
import { replayTokens } from '../../../lambdas/evaluation/conformance/token-replay.ts'
import { anyNet, anyTrace, plainNet, replayable } from './nets.ts'
import { fullReferences, netOf, variantReferences } from './reference.ts'

function fitnessOf(net: PetriNet, trace: Trace): number {
  return tokenFitness([{ measured: replayTokens(net, trace), cases: 1 }]) ?? Number.NaN
}

describe('the token replay of a variant', () => {
  it.each(
    variantReferences.flatMap(({ name, net, traces }) =>
      traces.map((trace) => ({ ...trace, name, net: netOf(net), steps: trace.acts.join(', ') })),
    ),
  )('fits as it does in pm4py ($name): $steps', ({ net, acts, tbr }) => {
    // The reference is rounded to six digits.
    expect(fitnessOf(net, acts)).toBeCloseTo(tbr, 6)
  })

  it.each(fullReferences.filter(({ duplicateLabels }) => !duplicateLabels))(
    'counts the tokens that pm4py counts: $name',
    (reference) => {
      const net = netOf(reference.net)
      for (const { activities, missing, remaining, consumed, produced } of reference.variants) {
        expect(replayTokens(net, activities)).toMatchObject({
          missing,
          remaining,
          consumed,
          produced,
        })
      }
    },
  )
})

describe('a token replay', () => {
  it('names the activities that the net does not know', () => {
    const [reference] = variantReferences
    if (reference === undefined) throw new Error('There is no reference')
    const trace = reference.traces[0]?.acts ?? []
    const { unknown, ...tokens } = replayTokens(netOf(reference.net), [...trace, 'pay a bribe'])
    expect(unknown).toEqual(['pay a bribe'])
    expect(tokens).toMatchObject({ missing: 0, remaining: 0 })
  })

  it('gives a trace that the net can replay fitness 1, with one transition for each activity', () => {
    fc.assert(
      fc.property(replayable(plainNet), ({ net, trace }) => {
        expect(fitnessOf(net, trace)).toBe(1)
      }),
    )
  })

  it('gives every trace a fitness within 0 and 1, and balances its tokens', () => {
    fc.assert(
      fc.property(anyNet, anyTrace, (net, trace) => {
        const fitness = fitnessOf(net, trace)
        expect(fitness).toBeGreaterThanOrEqual(0)
        expect(fitness).toBeLessThanOrEqual(1)
        const { produced, missing, consumed, remaining } = replayTokens(net, trace)
        expect(produced + missing).toBe(consumed + remaining)
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
})
