import { readFileSync } from 'node:fs'
import type { EventLog, Trace } from '../../../lambdas/evaluation/conformance/event-log.ts'
import type { PetriNet } from '../../../lambdas/evaluation/conformance/petri-net.ts'

/** A net as the reference files write it: places are numbers, a place that stands twice counts twice. */
interface ReferenceNet {
  readonly places: number
  readonly im: readonly number[]
  readonly fm: readonly number[]
  readonly transitions: readonly {
    readonly name: string
    readonly label: string | null
    readonly in: readonly number[]
    readonly out: readonly number[]
  }[]
}

export interface VariantReference {
  readonly net: ReferenceNet
  readonly name: string
  readonly traces: readonly {
    readonly acts: Trace
    readonly tbr: number
    readonly align: number
    readonly cost: number
  }[]
}

export interface FullReference {
  readonly name: string
  readonly net: ReferenceNet
  readonly duplicateLabels: boolean
  readonly variants: readonly {
    readonly activities: Trace
    readonly cases: number
    readonly missing: number
    readonly remaining: number
    readonly consumed: number
    readonly produced: number
    readonly cost: number
    readonly fitness: number
  }[]
  readonly log: {
    readonly tokenFitness: number
    readonly fitness: number
    readonly tokenPrecision: number
    readonly alignmentPrecision: number
  }
}

export interface LogReference {
  readonly token_replay: { readonly log_fitness: number; readonly average_trace_fitness: number }
  readonly alignments: {
    readonly log_fitness: number
    readonly average_trace_fitness: number
    readonly percentage_of_fitting_traces: number
  }
  readonly precision_token_replay_etc: number
  readonly precision_alignments_align_etc: number
}

export function bytesOf(file: string): Uint8Array {
  return readFileSync(new URL(`data/${file}`, import.meta.url))
}

function textOf(file: string): string {
  return new TextDecoder().decode(bytesOf(file))
}

export const variantReferences = JSON.parse(
  textOf('pm4py-reference.json'),
) as readonly VariantReference[]

export const logReferences = JSON.parse(textOf('pm4py-log-level.json')) as Readonly<
  Record<'running-example' | 'roadtraffic100', LogReference>
>

export const fullReferences = textOf('pm4py-more.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as FullReference)

export function netOf(reference: ReferenceNet): PetriNet {
  const count = (places: readonly number[], place: number) =>
    places.filter((other) => other === place).length
  const arcs = (places: readonly number[]) =>
    [...new Set(places)].map((place) => ({ place, weight: count(places, place) }))
  const places = Array.from({ length: reference.places }, (_, place) => place)
  return {
    places: places.map((place) => `p${place}`),
    transitions: reference.transitions.map((transition) => ({
      id: transition.name,
      label: transition.label,
      inputs: arcs(transition.in),
      outputs: arcs(transition.out),
    })),
    initialMarking: places.map((place) => count(reference.im, place)),
    finalMarking: places.map((place) => count(reference.fm, place)),
  }
}

/** A log with one case for each trace. */
export function logOf(traces: readonly Trace[]): EventLog {
  return {
    cases: traces.map((trace, index) => ({
      id: `case ${index}`,
      events: trace.map((activity, at) => ({ activity, at, line: at + 1 })),
    })),
    warnings: [],
  }
}

export function logOfReference({ variants }: FullReference): EventLog {
  return logOf(variants.flatMap(({ activities, cases }) => Array<Trace>(cases).fill(activities)))
}
