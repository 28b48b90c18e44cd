import { decodeText } from './decode-text.ts'
import type { Finding } from './event-log.ts'
import type { Arc, Marking, PetriNet } from './petri-net.ts'
import { readXml, type XmlElement } from './read-xml.ts'
import { UnreadableFile } from './unreadable-file.ts'

const what = 'Petri net (PNML)'

interface Node {
  readonly id: string
  readonly line: number
  /** Text of `<name>`. */
  name: string
}

interface Place extends Node {
  tokens: number
}

interface NamedTransition extends Node {
  invisible: boolean
}

interface Connection {
  readonly source: string
  readonly target: string
  readonly line: number
  weight: number
}

/** What is read before it is put together. */
interface Draft {
  readonly places: Map<string, Place>
  readonly transitions: Map<string, NamedTransition>
  readonly arcs: Connection[]
  /** Tokens by id of the place, for each final marking. */
  readonly finalMarkings: Map<string, { tokens: number; line: number }>[]
  readonly nets: XmlElement[]
  readonly findings: Finding[]
}

/**
 * Reads a place/transition net in PNML (ISO/IEC 15909-2) with arc weights, `initialMarking`, and the `finalmarkings`
 * that process mining tools add. A transition is invisible when a tool says so (`activity="$invisible$"`) or when it
 * has no name. Without `finalmarkings` the final marking is one token in the only place that no arc leaves.
 *
 * @throws UnreadableFile with everything that is wrong
 */
export function readPetriNet(bytes: Uint8Array, options: { encoding?: string } = {}): PetriNet {
  const draft = read(decodeText(what, bytes, options.encoding))
  const { findings, nets, places, transitions } = draft
  if (nets.length === 0) findings.push({ line: null, message: 'It has no <net>' })
  if (nets.length > 1) {
    findings.push({ line: nets[1]?.line ?? null, message: 'It has more than one <net>' })
  }
  if (nets.length > 0 && transitions.size === 0) {
    findings.push({ line: nets[0]?.line ?? null, message: 'The net has no transition' })
  }
  const order = [...places.keys()]
  const initialMarking = order.map((id) => places.get(id)?.tokens ?? 0)
  if (nets.length > 0 && initialMarking.every((tokens) => tokens === 0)) {
    findings.push({
      line: nets[0]?.line ?? null,
      message: 'The net has no initial marking: give the place in which a case starts a token',
    })
  }
  const arcs = arcsByTransition(draft, order)
  const finalMarking = finalMarkingOf(draft, order)
  if (findings.length > 0) throw new UnreadableFile(what, findings)
  return {
    places: order,
    transitions: [...transitions.values()].map(({ id, name, invisible }) => ({
      id,
      label: invisible || name === '' ? null : name,
      inputs: arcs.get(id)?.inputs ?? [],
      outputs: arcs.get(id)?.outputs ?? [],
    })),
    initialMarking,
    finalMarking,
  }
}

function read(xml: string): Draft {
  const draft: Draft = {
    places: new Map(),
    transitions: new Map(),
    arcs: [],
    finalMarkings: [],
    nets: [],
    findings: [],
  }
  const report = ({ line }: XmlElement, message: string) => draft.findings.push({ line, message })
  let root = true
  let arc: Connection | undefined

  readXml(what, xml, {
    open: (element, path) => {
      const parent = path.at(-1)?.name
      const { id, source, target, tool, activity } = element.attributes
      if (root && element.name !== 'pnml') report(element, `<${element.name}> is not <pnml>`)
      root = false
      switch (element.name) {
        case 'net':
          draft.nets.push(element)
          if (/symmetric|highlevel|hlpn/i.test(element.attributes['type'] ?? '')) {
            report(element, 'High-level nets are not supported: only place/transition nets are')
          }
          break
        case 'place':
          if (parent === 'marking') break
          if (isNew(draft, element, report)) {
            draft.places.set(id ?? '', { id: id ?? '', line: element.line, name: '', tokens: 0 })
          }
          break
        case 'transition':
          if (isNew(draft, element, report)) {
            draft.transitions.set(id ?? '', {
              id: id ?? '',
              line: element.line,
              name: '',
              invisible: false,
            })
          }
          break
        case 'arc':
          if (source === undefined || target === undefined) {
            report(element, 'An arc needs a source and a target')
          }
          arc = { source: source ?? '', target: target ?? '', line: element.line, weight: 1 }
          draft.arcs.push(arc)
          break
        case 'referencePlace':
        case 'referenceTransition':
          report(element, `<${element.name}> is not supported: use the node that it refers to`)
          break
        case 'toolspecific':
          if (parent === 'transition' && tool !== undefined && activity === '$invisible$') {
            const transition = draft.transitions.get(path.at(-1)?.attributes['id'] ?? '')
            if (transition !== undefined) transition.invisible = true
          }
          break
        case 'marking':
          if (parent === 'finalmarkings') draft.finalMarkings.push(new Map())
          break
        default:
      }
    },
    close: (element, path, text) => {
      if (element.name !== 'text') return
      const [owner, property] = path.slice(-2)
      if (owner === undefined || property === undefined) return
      const id = owner.attributes['id'] ?? ''
      if (property.name === 'name') {
        const node = owner.name === 'place' ? draft.places.get(id) : draft.transitions.get(id)
        if (node !== undefined && owner.name !== 'net') node.name = text
      } else if (property.name === 'initialMarking') {
        const place = draft.places.get(id)
        if (place !== undefined) place.tokens = tokensIn(text, element, report)
      } else if (property.name === 'inscription' && owner.name === 'arc' && arc !== undefined) {
        arc.weight = tokensIn(text, element, report)
        if (arc.weight === 0) report(element, 'The weight of an arc must be at least 1')
      } else if (['arctype', 'type'].includes(property.name) && owner.name === 'arc') {
        if (text !== 'normal') report(element, `Arcs of type "${text}" are not supported`)
      } else if (property.name === 'place' && owner.name === 'marking') {
        draft.finalMarkings.at(-1)?.set(property.attributes['idref'] ?? '', {
          tokens: tokensIn(text, element, report),
          line: property.line,
        })
      }
    },
  })
  return draft
}

type Report = (element: XmlElement, message: string) => void

function isNew(draft: Draft, element: XmlElement, report: Report): boolean {
  const { id } = element.attributes
  if (id === undefined || id === '') {
    report(element, `A ${element.name} needs an id`)
    return false
  }
  const known = draft.places.get(id) ?? draft.transitions.get(id)
  if (known === undefined) return true
  report(element, `The id "${id}" is that of the node in line ${known.line} already`)
  return false
}

const mostTokens = 1_000_000

function tokensIn(text: string, element: XmlElement, report: Report): number {
  const tokens = Number(text)
  if (text !== '' && Number.isInteger(tokens) && tokens >= 0 && tokens <= mostTokens) return tokens
  report(element, `"${text}" is not a whole number of tokens`)
  return 0
}

function arcsByTransition(
  draft: Draft,
  order: readonly string[],
): ReadonlyMap<string, { inputs: Arc[]; outputs: Arc[] }> {
  const places = new Map(order.map((id, index) => [id, index]))
  const arcs = new Map<string, { inputs: Arc[]; outputs: Arc[] }>()
  for (const id of draft.transitions.keys()) arcs.set(id, { inputs: [], outputs: [] })
  for (const { source, target, weight, line } of draft.arcs) {
    const from = places.get(source)
    const to = places.get(target)
    if (from !== undefined && arcs.has(target))
      arcs.get(target)?.inputs.push({ place: from, weight })
    else if (to !== undefined && arcs.has(source)) {
      arcs.get(source)?.outputs.push({ place: to, weight })
    } else {
      const message = `The arc from "${source}" to "${target}" does not connect a place and a transition of the net`
      draft.findings.push({ line, message })
    }
  }
  for (const ofTransition of arcs.values()) {
    ofTransition.inputs = merged(ofTransition.inputs)
    ofTransition.outputs = merged(ofTransition.outputs)
  }
  return arcs
}

/** Two arcs between the same nodes are one of both weights. */
function merged(arcs: readonly Arc[]): Arc[] {
  const weights = new Map<number, number>()
  for (const { place, weight } of arcs) weights.set(place, (weights.get(place) ?? 0) + weight)
  return [...weights].map(([place, weight]) => ({ place, weight }))
}

function finalMarkingOf(draft: Draft, order: readonly string[]): Marking {
  const [marking, second] = draft.finalMarkings
  const line = draft.nets[0]?.line ?? null
  if (second !== undefined) {
    draft.findings.push({ line, message: 'The net has more than one final marking: keep one' })
  }
  if (marking !== undefined) {
    for (const [id, { line: place }] of marking) {
      if (draft.places.has(id)) continue
      draft.findings.push({ line: place, message: `The final marking names no place: "${id}"` })
    }
    return order.map((id) => marking.get(id)?.tokens ?? 0)
  }
  const left = new Set(draft.arcs.map(({ source }) => source))
  const sinks = order.filter((id) => !left.has(id))
  if (sinks.length !== 1 && draft.nets.length > 0) {
    draft.findings.push({
      line,
      message: `The net has no <finalmarkings>, and ${sinks.length} places without an outgoing arc instead of one`,
    })
  }
  return order.map((id) => (id === sinks[0] ? 1 : 0))
}
