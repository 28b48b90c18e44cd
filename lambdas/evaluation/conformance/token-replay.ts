import type { Trace } from './event-log.ts'
import { approachTo, invisibleRuns } from './invisible-steps.ts'
import { fire, type Marking, type PetriNet, type Transition } from './petri-net.ts'

/** Tokens counted while a trace is replayed, the initial and the final marking included. */
export interface TokenReplay {
  readonly produced: number
  readonly consumed: number
  /** Tokens that had to be added so that a step could fire. */
  readonly missing: number
  /** Tokens left over when the final marking had been taken away. */
  readonly remaining: number
  /** Activities of the trace that the net has no transition for; they move no token. */
  readonly unknown: readonly string[]
}

/** A replay under way. */
export interface ReplayState {
  readonly marking: Marking
  readonly produced: number
  readonly consumed: number
  readonly missing: number
}

/**
 * Replays a trace on a net and counts tokens.
 *
 * Source: A. Rozinat, W.M.P. van der Aalst, "Conformance checking of processes based on monitoring real behavior",
 * Information Systems 33 (2008). Invisible transitions as in A. Berti, W.M.P. van der Aalst, "Reviving token-based
 * replay", ATAED 2019: when a step is not enabled, the shortest run of invisible transitions that leaves the fewest
 * tokens missing fires first, and at the end such a run to the final marking, if there is one. That choice is local:
 * with invisible transitions, or several transitions of one name, a trace that fits may lose tokens here. Alignments
 * do not have this weakness.
 */
export function replayTokens(net: PetriNet, trace: Trace): TokenReplay {
  const unknown: string[] = []
  let state = startOfReplay(net)
  for (const activity of trace) {
    const next = replayStep(net, state, activity)
    if (next === undefined) unknown.push(activity)
    else state = next
  }
  return { ...endOfReplay(net, state), unknown }
}

/** The initial marking counts as produced. */
export function startOfReplay(net: PetriNet): ReplayState {
  const marking = net.initialMarking
  return { marking, produced: total(marking), consumed: 0, missing: 0 }
}

/** Replays one activity; `undefined` when the net has no transition for it. */
export function replayStep(
  net: PetriNet,
  state: ReplayState,
  activity: string,
): ReplayState | undefined {
  const transitions = net.transitions.filter(({ label }) => label === activity)
  const approach = approachTo(net, state.marking, transitions)
  if (approach === undefined) return undefined
  let next = state
  for (const transition of [...approach.fired, approach.transition]) next = force(transition, next)
  return next
}

/** Fires a transition, adding the tokens that it lacks. */
function force(transition: Transition, state: ReplayState): ReplayState {
  const marking = [...state.marking]
  let added = 0
  for (const { place, weight } of transition.inputs) {
    const lacking = Math.max(0, weight - (marking[place] ?? 0))
    marking[place] = (marking[place] ?? 0) + lacking
    added += lacking
  }
  return {
    marking: fire(transition, marking),
    produced: state.produced + weightOf(transition.outputs),
    consumed: state.consumed + weightOf(transition.inputs),
    missing: state.missing + added,
  }
}

/** The final marking counts as consumed; what it lacks is missing, what it leaves is remaining. */
function endOfReplay(net: PetriNet, state: ReplayState): Omit<TokenReplay, 'unknown'> {
  let best: { missing: number; remaining: number; fired: readonly Transition[] } | undefined
  for (const { marking, fired } of invisibleRuns(net, state.marking)) {
    const missing = excess(net.finalMarking, marking)
    const remaining = excess(marking, net.finalMarking)
    if (missing + remaining === 0) {
      best = { missing, remaining, fired }
      break
    }
    if (best === undefined || missing < best.missing) best = { missing, remaining, fired }
  }
  const last = (best?.fired ?? []).reduce((before, transition) => force(transition, before), state)
  return {
    produced: last.produced,
    consumed: last.consumed + total(net.finalMarking),
    missing: last.missing + (best?.missing ?? 0),
    remaining: best?.remaining ?? 0,
  }
}

/** Tokens of one marking that the other one does not have. */
function excess(marking: Marking, other: Marking): number {
  return total(marking.map((tokens, place) => Math.max(0, tokens - (other[place] ?? 0))))
}

function total(marking: Marking): number {
  return marking.reduce((sum, tokens) => sum + tokens, 0)
}

function weightOf(arcs: Transition['inputs']): number {
  return arcs.reduce((sum, { weight }) => sum + weight, 0)
}
