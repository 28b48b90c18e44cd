import type { Alignment } from './alignment.ts'
import { keyOfTrace, type Trace, type Variant } from './event-log.ts'
import { invisibleRuns } from './invisible-steps.ts'
import { fire, isEnabled, keyOf, type Marking, type PetriNet } from './petri-net.ts'
import { replayStep, startOfReplay } from './token-replay.ts'

/** What was seen after one beginning of a case. */
interface Beginning {
  /** Cases that began so and went on. */
  cases: number
  /** Activities that followed. */
  readonly followers: Set<string>
  /** Markings that the model may be in, by their keys; those behind invisible transitions need not be among them. */
  readonly markings: Map<string, Marking>
}

/**
 * Precision by escaping edges on token replay, 0..1: of all that the model allows after the beginnings of the cases,
 * the share that also happened. A beginning counts as often as cases go on after it; one that the net cannot replay
 * does not count. Activities that the net does not know move no token. `null` when the model allows nothing.
 *
 * Source: J. Muñoz-Gama, J. Carmona, "A fresh look at precision in process conformance", BPM 2010.
 */
export function tokenPrecision(net: PetriNet, variants: readonly Variant[]): number | null {
  const seen = new Beginnings()
  for (const { trace, cases } of variants) {
    let state = startOfReplay(net)
    for (const [position, activity] of trace.entries()) {
      seen.add(trace, position, cases.length, [state.marking])
      state = replayStep(net, state, activity) ?? state
      if (state.missing > 0) break
    }
  }
  return seen.precision(net)
}

/**
 * Precision by escaping edges on alignments, 0..1: as `tokenPrecision`, but a beginning counts exactly when the model
 * can do it without a deviation, that is when its alignment up to there costs nothing. Where the model can do it in
 * several ways, what any of them allows next is allowed.
 *
 * Source: as `tokenPrecision`, with the alignments of beginnings instead of token replay. Like pm4py it leaves out
 * beginnings that deviate; `runPrecision` does not.
 */
export function alignmentPrecision(net: PetriNet, variants: readonly Variant[]): number | null {
  const seen = new Beginnings()
  const after = new Map<string, readonly Marking[]>()
  for (const { trace, cases } of variants) {
    let markings: readonly Marking[] = [net.initialMarking]
    for (const [position, activity] of trace.entries()) {
      seen.add(trace, position, cases.length, markings)
      const key = keyOfTrace(trace.slice(0, position + 1))
      const next = after.get(key) ?? markingsAfter(net, markings, activity)
      after.set(key, next)
      if (next.length === 0) break
      markings = next
    }
  }
  return seen.precision(net)
}

/** The alignment of a variant and the number of its cases. */
export interface AlignedVariant {
  readonly alignment: Alignment
  readonly cases: number
}

/**
 * Precision by escaping edges on aligned runs, 0..1: as `tokenPrecision`, with the run of the model that a case is
 * aligned to in place of the case itself, so that deviating cases count too. One optimal alignment per case is used.
 *
 * Source: A. Adriansyah, J. Muñoz-Gama, J. Carmona, B.F. van Dongen, W.M.P. van der Aalst, "Measuring precision of
 * modeled behavior", Information Systems and e-Business Management 13 (2015).
 */
export function runPrecision(net: PetriNet, variants: readonly AlignedVariant[]): number | null {
  const seen = new Beginnings()
  const transitions = new Map(net.transitions.map((transition) => [transition.id, transition]))
  for (const { alignment, cases } of variants) {
    const run = alignment.moves.flatMap((move) => {
      const transition = 'transition' in move ? transitions.get(move.transition) : undefined
      return transition === undefined ? [] : [transition]
    })
    const trace = run.flatMap(({ label }) => (label === null ? [] : [label]))
    let marking = net.initialMarking
    let position = 0
    seen.add(trace, position, cases, [marking])
    for (const transition of run) {
      marking = fire(transition, marking)
      if (transition.label === null) continue
      position += 1
      seen.add(trace, position, cases, [marking])
    }
  }
  return seen.precision(net)
}

/** The beginnings of cases, with what followed and where the model was. */
class Beginnings {
  readonly #known = new Map<string, Beginning>()

  /** Notes that cases began with the first steps of a trace, unless it ends there. */
  add(trace: Trace, steps: number, cases: number, markings: readonly Marking[]): void {
    const follower = trace[steps]
    if (follower === undefined) return
    const key = keyOfTrace(trace.slice(0, steps))
    const beginning = this.#known.get(key) ?? {
      cases: 0,
      followers: new Set(),
      markings: new Map<string, Marking>(),
    }
    this.#known.set(key, beginning)
    beginning.cases += cases
    beginning.followers.add(follower)
    for (const marking of markings) beginning.markings.set(keyOf(marking), marking)
  }

  precision(net: PetriNet): number | null {
    let allowed = 0
    let escaping = 0
    for (const { cases, followers, markings } of this.#known.values()) {
      const next = activitiesNext(net, [...markings.values()])
      allowed += cases * next.size
      escaping += cases * [...next].filter((activity) => !followers.has(activity)).length
    }
    return allowed === 0 ? null : 1 - escaping / allowed
  }
}

/** The activities that can happen in one of the markings, at once or after invisible steps. */
function activitiesNext(net: PetriNet, markings: readonly Marking[]): ReadonlySet<string> {
  const activities = new Set<string>()
  for (const { marking } of invisibleRuns(net, ...markings)) {
    for (const transition of net.transitions) {
      if (transition.label !== null && isEnabled(transition, marking)) {
        activities.add(transition.label)
      }
    }
  }
  return activities
}

/** The markings after an activity, which invisible steps may come before. */
function markingsAfter(
  net: PetriNet,
  markings: readonly Marking[],
  activity: string,
): readonly Marking[] {
  const transitions = net.transitions.filter(({ label }) => label === activity)
  const after = new Map<string, Marking>()
  for (const { marking } of invisibleRuns(net, ...markings)) {
    for (const transition of transitions) {
      if (!isEnabled(transition, marking)) continue
      const next = fire(transition, marking)
      after.set(keyOf(next), next)
    }
  }
  return [...after.values()]
}
