import { type Goal, type Verdict, verdictOf } from '../../domain/goal.ts'

/** A figure as it is kept, with its interval of 95 %. */
export interface KeptFigure {
  readonly value: number | null
  readonly samples: number
  readonly lower: number | null
  readonly upper: number | null
}

/** The verdict that a kept figure gives; a goal that asks for another confidence than 95 % is not proven by it. */
export function verdictOfKept(goal: Goal, { value, samples, lower, upper }: KeptFigure): Verdict {
  const fits = goal.confidence === 0.95 && lower !== null && upper !== null
  return verdictOf(goal, { value, samples, interval: fits ? { lower, upper } : null })
}
