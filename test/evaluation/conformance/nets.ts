import fc from 'fast-check'
import type { Trace } from '../../../lambdas/evaluation/conformance/event-log.ts'
import {
  type Arc,
  fire,
  isEnabled,
  keyOf,
  type Marking,
  type PetriNet,
  type Transition,
} from '../../../lambdas/evaluation/conformance/petri-net.ts'

/** A process in blocks; its net is sound: from everywhere the end can be reached. */
type Block =
  | { readonly kind: 'activity'; readonly label: string | null }
  | { readonly kind: 'sequence' | 'choice' | 'parallel' | 'loop'; readonly parts: readonly Block[] }

const { block } = fc.letrec<{ block: Block }>((tie) => ({
  block: fc.oneof(
    { depthSize: 'small', maxDepth: 3, withCrossShrink: true },
    fc.record({
      kind: fc.constant('activity' as const),
      label: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { freq: 5 }),
    }),
    fc.record({
      kind: fc.constantFrom(
        'sequence' as const,
        'sequence' as const,
        'choice' as const,
        'parallel' as const,
        'loop' as const,
      ),
      parts: fc.array(tie('block'), { minLength: 2, maxLength: 3 }),
    }),
  ),
}))

/** Nets with choices, parallel parts, loops, invisible transitions and several transitions of one name. */
export const anyNet: fc.Arbitrary<PetriNet> = block.map(netOfBlock)

/** Nets in sequences and choices, without invisible transitions and without a name that is used twice. */
export const plainNet: fc.Arbitrary<PetriNet> = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 6 })
  .map((choices) =>
    netOfBlock({
      kind: 'sequence',
      parts: choices.map((width, stage) => ({
        kind: 'choice',
        parts: Array.from({ length: width }, (_, index) => ({
          kind: 'activity',
          label: `${stage}.${index}`,
        })),
      })),
    }),
  )

/** Steps that an activity may have anywhere; `?` stands in no net. */
export const anyTrace: fc.Arbitrary<Trace> = fc.array(
  fc.constantFrom('a', 'b', 'c', 'd', 'e', '?'),
  { maxLength: 8 },
)

/** A net and a trace that it can replay. */
export function replayable(
  nets: fc.Arbitrary<PetriNet>,
): fc.Arbitrary<{ net: PetriNet; trace: Trace }> {
  return fc
    .tuple(nets, fc.array(fc.nat(), { maxLength: 12 }))
    .map(([net, choices]) => ({ net, trace: walk(net, choices) }))
}

/** Fires as the choices say, then takes the shortest way to the end. */
function walk(net: PetriNet, choices: readonly number[]): Trace {
  const trace: string[] = []
  let marking = net.initialMarking
  const step = (transition: Transition) => {
    marking = fire(transition, marking)
    if (transition.label !== null) trace.push(transition.label)
  }
  for (const choice of choices) {
    const enabled = net.transitions.filter((transition) => isEnabled(transition, marking))
    const chosen = enabled[choice % Math.max(1, enabled.length)]
    if (chosen !== undefined) step(chosen)
  }
  for (const transition of wayToEnd(net, marking)) step(transition)
  return trace
}

function wayToEnd(net: PetriNet, from: Marking): readonly Transition[] {
  const queue: { marking: Marking; way: readonly Transition[] }[] = [{ marking: from, way: [] }]
  const seen = new Set([keyOf(from)])
  for (const { marking, way } of queue) {
    if (keyOf(marking) === keyOf(net.finalMarking)) return way
    for (const transition of net.transitions) {
      if (!isEnabled(transition, marking)) continue
      const next = fire(transition, marking)
      if (seen.has(keyOf(next))) continue
      seen.add(keyOf(next))
      queue.push({ marking: next, way: [...way, transition] })
    }
  }
  throw new Error('The net is not sound')
}

function netOfBlock(root: Block): PetriNet {
  const transitions: Transition[] = []
  let places = 0
  const newPlace = () => {
    places += 1
    return places - 1
  }
  const arcs = (...to: readonly number[]): Arc[] => to.map((place) => ({ place, weight: 1 }))
  const connect = (label: string | null, from: readonly number[], to: readonly number[]) => {
    const id = `t${transitions.length}`
    transitions.push({ id, label, inputs: arcs(...from), outputs: arcs(...to) })
  }
  const build = (part: Block, from: number, to: number): void => {
    if (part.kind === 'activity') connect(part.label, [from], [to])
    else if (part.kind === 'choice') for (const one of part.parts) build(one, from, to)
    else if (part.kind === 'sequence') {
      part.parts.reduce((at, one, index) => {
        const next = index === part.parts.length - 1 ? to : newPlace()
        build(one, at, next)
        return next
      }, from)
    } else if (part.kind === 'parallel') {
      const ends = part.parts.map((one) => ({ one, start: newPlace(), end: newPlace() }))
      connect(
        null,
        [from],
        ends.map(({ start }) => start),
      )
      for (const { one, start, end } of ends) build(one, start, end)
      connect(
        null,
        ends.map(({ end }) => end),
        [to],
      )
    } else {
      const [start, end] = [newPlace(), newPlace()]
      const [body, ...again] = part.parts
      connect(null, [from], [start])
      if (body !== undefined) build(body, start, end)
      for (const one of again) build(one, end, start)
      connect(null, [end], [to])
    }
  }
  const source = newPlace()
  const sink = newPlace()
  build(root, source, sink)
  const tokenIn = (place: number) => Array.from({ length: places }, (_, at) => Number(at === place))
  return {
    places: Array.from({ length: places }, (_, place) => `p${place}`),
    transitions,
    initialMarking: tokenIn(source),
    finalMarking: tokenIn(sink),
  }
}
