import {
  fire,
  isEnabled,
  keyOf,
  type Marking,
  missingTokens,
  type PetriNet,
  type Transition,
} from './petri-net.ts'

/** A marking that invisible transitions lead to, and those transitions in the order of their firing. */
export interface InvisibleRun {
  readonly marking: Marking
  readonly fired: readonly Transition[]
}

/** Most markings that are looked at from one place in a trace: a net may make tokens without end. */
const horizon = 2_000

/** These markings and those that invisible transitions lead to from them, each once, nearest first. */
export function* invisibleRuns(
  net: PetriNet,
  ...from: readonly Marking[]
): Generator<InvisibleRun> {
  const silent = net.transitions.filter(({ label }) => label === null)
  const queue: InvisibleRun[] = []
  const seen = new Set<string>()
  const discover = (marking: Marking, fired: readonly Transition[]) => {
    const key = keyOf(marking)
    if (seen.has(key)) return
    seen.add(key)
    queue.push({ marking, fired })
  }
  for (const marking of from) discover(marking, [])
  for (let index = 0; index < queue.length && index < horizon; index += 1) {
    const run = queue[index]
    if (run === undefined) return
    yield run
    for (const transition of silent) {
      if (isEnabled(transition, run.marking)) {
        discover(fire(transition, run.marking), [...run.fired, transition])
      }
    }
  }
}

/** A transition to fire next, the invisible ones to fire before it, and the tokens that will be missing even so. */
export interface Approach extends InvisibleRun {
  readonly transition: Transition
  readonly missing: number
}

/**
 * How to come to one of the transitions with the fewest tokens missing, by the fewest invisible steps; among equals
 * the transition that stands first.
 */
export function approachTo(
  net: PetriNet,
  from: Marking,
  transitions: readonly Transition[],
): Approach | undefined {
  let best: Approach | undefined
  for (const run of invisibleRuns(net, from)) {
    for (const transition of transitions) {
      const missing = missingTokens(transition, run.marking)
      if (best === undefined || missing < best.missing) best = { ...run, transition, missing }
    }
    if (best?.missing === 0) return best
  }
  return best
}
