/** Tokens per place, in the order of the net's places. */
export type Marking = readonly number[]

/** An arc of a transition: the place, by its index, and the number of tokens. */
export interface Arc {
  readonly place: number
  readonly weight: number
}

export interface Transition {
  readonly id: string
  /** The activity that it stands for; `null` for an invisible (silent) transition. */
  readonly label: string | null
  readonly inputs: readonly Arc[]
  readonly outputs: readonly Arc[]
}

/** A place/transition net with the marking that a case starts in and the one that it ends in. */
export interface PetriNet {
  /** Ids of the places. */
  readonly places: readonly string[]
  readonly transitions: readonly Transition[]
  readonly initialMarking: Marking
  readonly finalMarking: Marking
}

export function isEnabled(transition: Transition, marking: Marking): boolean {
  return transition.inputs.every(({ place, weight }) => (marking[place] ?? 0) >= weight)
}

/** The marking after an enabled transition has fired. */
export function fire(transition: Transition, marking: Marking): Marking {
  const next = [...marking]
  for (const { place, weight } of transition.inputs) next[place] = (next[place] ?? 0) - weight
  for (const { place, weight } of transition.outputs) next[place] = (next[place] ?? 0) + weight
  return next
}

/** Equal markings, and only they, have equal keys. */
export function keyOf(marking: Marking): string {
  return marking.join(' ')
}

/** Tokens that the transition needs and the marking lacks. */
export function missingTokens(transition: Transition, marking: Marking): number {
  let missing = 0
  for (const { place, weight } of transition.inputs) {
    missing += Math.max(0, weight - (marking[place] ?? 0))
  }
  return missing
}
