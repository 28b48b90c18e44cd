import type { Trace } from './event-log.ts'
import { Frontier } from './frontier.ts'
import { MarkingGraph, type Step } from './marking-graph.ts'
import type { PetriNet } from './petri-net.ts'

/**
 * One step of an alignment. `synchronous`: log and model do the same. `log`: it happened, and the model did not allow
 * it. `model`: the model demanded it, and it did not happen. `invisible`: a silent step of the model.
 */
export type Move =
  | {
      readonly kind: 'synchronous'
      readonly activity: string
      readonly event: number
      readonly transition: string
    }
  | { readonly kind: 'log'; readonly activity: string; readonly event: number }
  | { readonly kind: 'model'; readonly activity: string; readonly transition: string }
  | { readonly kind: 'invisible'; readonly transition: string }

/** A cheapest way to read a trace as a run of the model. */
export interface Alignment {
  readonly moves: readonly Move[]
  /** Log moves and model moves: what an optimal alignment has the fewest of. */
  readonly cost: number
  /** Invisible moves: among alignments of equal cost one with the fewest is taken. */
  readonly invisible: number
  /** States of the synchronous product whose successors were looked at to find it. */
  readonly explored: number
}

/** An alignment, or `null` with the reason why there is none. */
export type AlignmentResult =
  | { readonly alignment: Alignment; readonly reason: null }
  | { readonly alignment: null; readonly reason: string }

export interface AlignmentOptions {
  /** Most states of the synchronous product whose successors are looked at for one trace. @default 200000 */
  readonly maxStates?: number | undefined
}

/**
 * What a log or model move weighs in the search, where an invisible move weighs 1 and a synchronous move 0. The
 * invisible moves of a run decide only between alignments that deviate equally, as long as there are fewer of them.
 */
export const deviationWeight = 10_000

/** How a state was reached. */
interface Arrival {
  readonly from: number
  /** The step of the model; `null` when the log moved alone. */
  readonly step: Step | null
  /** The event that was read, by its position in the trace; `null` when the model moved alone. */
  readonly reads: number | null
}

/**
 * Optimal alignments of traces with a net: Dijkstra's algorithm on the synchronous product of trace and net, with the
 * standard cost function (synchronous 0, log move 1, model move 1, invisible 0).
 *
 * Source: A. Adriansyah, B.F. van Dongen, W.M.P. van der Aalst, "Conformance checking using cost-based fitness
 * analysis", EDOC 2011; A. Adriansyah, "Aligning observed and modeled behavior", PhD thesis, Eindhoven 2014, chapter 4.
 */
export function alignerFor(
  net: PetriNet,
  options: AlignmentOptions = {},
): (trace: Trace) => AlignmentResult {
  const maxStates = options.maxStates ?? 200_000
  const activities = new Set(net.transitions.map(({ label }) => label))
  let graph = new MarkingGraph(net)

  return (trace) => {
    // Markings are shared by the traces; a net that has very many starts afresh rather than filling the memory.
    if (graph.size > maxStates) graph = new MarkingGraph(net)
    // What the net has no transition for can only be a log move: it need not be searched.
    const events = trace.flatMap((activity, event) =>
      activities.has(activity) ? [{ activity, event }] : [],
    )
    const found = shortestPath(
      graph,
      events.map(({ activity }) => activity),
      maxStates,
    )
    if (typeof found === 'string') return { alignment: null, reason: found }
    const moves = movesAlong(
      found.path,
      events.map(({ event }) => event),
      trace,
    )
    return {
      alignment: {
        moves,
        cost: moves.filter(({ kind }) => kind === 'log' || kind === 'model').length,
        invisible: moves.filter(({ kind }) => kind === 'invisible').length,
        explored: found.explored,
      },
      reason: null,
    }
  }
}

/** The steps of an alignment in which log and model differ. */
export function deviations(
  alignment: Alignment,
): readonly Extract<Move, { kind: 'log' | 'model' }>[] {
  return alignment.moves.filter((move) => move.kind === 'log' || move.kind === 'model')
}

/**
 * A state is a marking and a position in the trace, as one number: `marking * (length + 1) + position`. Among states
 * of equal cost the one that has read more of the trace comes first.
 */
function shortestPath(
  graph: MarkingGraph,
  trace: Trace,
  maxStates: number,
): { path: readonly Arrival[]; explored: number } | string {
  const { length } = trace
  const width = length + 1
  const goal = graph.final * width + length
  const start = graph.initial * width
  const costs = new Map<number, number>([[start, 0]])
  const arrivals = new Map<number, Arrival>()
  const settled = new Set<number>()
  const frontier = new Frontier()
  frontier.push(length, start)

  const reach = (
    state: number,
    cost: number,
    from: number,
    step: Step | null,
    reads: number | null,
  ) => {
    const known = costs.get(state)
    if (known !== undefined && known <= cost) return
    costs.set(state, cost)
    arrivals.set(state, { from, step, reads })
    frontier.push(cost * width + length - (state % width), state)
  }

  for (let state = frontier.pop(); state !== undefined; state = frontier.pop()) {
    if (state === goal) {
      return { path: pathTo(goal, arrivals), explored: settled.size }
    }
    if (settled.has(state)) continue
    if (settled.size >= maxStates) {
      return `No alignment was found within ${maxStates} states: raise the limit or simplify the model`
    }
    settled.add(state)
    const cost = costs.get(state) ?? 0
    const position = state % width
    const marking = (state - position) / width
    const activity = trace[position]
    for (const step of graph.stepsFrom(marking)) {
      const { label } = step.transition
      const after = step.target * width + position
      const weight = label === null ? 1 : deviationWeight
      reach(after, cost + weight, state, step, null)
      if (activity !== undefined && label === activity) {
        reach(after + 1, cost, state, step, position)
      }
    }
    if (activity !== undefined) {
      reach(state + 1, cost + deviationWeight, state, null, position)
    }
  }
  return 'The model cannot reach its final marking from its initial marking'
}

function pathTo(goal: number, arrivals: ReadonlyMap<number, Arrival>): readonly Arrival[] {
  const path: Arrival[] = []
  for (
    let arrival = arrivals.get(goal);
    arrival !== undefined;
    arrival = arrivals.get(arrival.from)
  ) {
    path.push(arrival)
  }
  return path.toReversed()
}

/** Names the steps of a path; an event that was left out of the search stands before the next one of the trace. */
function movesAlong(
  path: readonly Arrival[],
  events: readonly number[],
  trace: Trace,
): readonly Move[] {
  const moves: Move[] = []
  let next = 0
  const logMovesUntil = (event: number) => {
    for (; next < event; next += 1) {
      moves.push({ kind: 'log', activity: trace[next] ?? '', event: next })
    }
  }
  for (const { step, reads } of path) {
    if (reads !== null) {
      const event = events[reads] ?? 0
      logMovesUntil(step === null ? event + 1 : event)
      if (step !== null) {
        const activity = trace[event] ?? ''
        moves.push({ kind: 'synchronous', activity, event, transition: step.transition.id })
        next = event + 1
      }
    } else if (step !== null) {
      const { id: transition, label } = step.transition
      moves.push(
        label === null
          ? { kind: 'invisible', transition }
          : { kind: 'model', activity: label, transition },
      )
    }
  }
  logMovesUntil(trace.length)
  return moves
}
