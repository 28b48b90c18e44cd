import {
  fire,
  isEnabled,
  keyOf,
  type Marking,
  type PetriNet,
  type Transition,
} from './petri-net.ts'

/** Firing `transition` leads to the marking with the number `target`. */
export interface Step {
  readonly transition: Transition
  readonly target: number
}

/**
 * The markings of a net, numbered as they are met. What fires in a marking is worked out once, however many traces
 * come through it.
 */
export class MarkingGraph {
  readonly #net: PetriNet
  readonly #numbers = new Map<string, number>()
  readonly #markings: Marking[] = []
  readonly #steps: (readonly Step[] | undefined)[] = []
  readonly initial: number
  readonly final: number

  constructor(net: PetriNet) {
    this.#net = net
    this.initial = this.#numberOf(net.initialMarking)
    this.final = this.#numberOf(net.finalMarking)
  }

  /** Number of markings met so far. */
  get size(): number {
    return this.#markings.length
  }

  /** What can fire in a marking, in the order of the net's transitions. */
  stepsFrom(number: number): readonly Step[] {
    const known = this.#steps[number]
    if (known !== undefined) return known
    const marking = this.#markings[number]
    if (marking === undefined) throw new RangeError(`There is no marking ${number}`)
    const steps = this.#net.transitions
      .filter((transition) => isEnabled(transition, marking))
      .map((transition) => ({ transition, target: this.#numberOf(fire(transition, marking)) }))
    this.#steps[number] = steps
    return steps
  }

  #numberOf(marking: Marking): number {
    const key = keyOf(marking)
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const number = this.#markings.length
    this.#markings.push(marking)
    this.#numbers.set(key, number)
    return number
  }
}
