import type { Answer, Prompt } from './answers.ts'

/** The parts of JSON Schema that clients of structured output send. */
interface Schema {
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly definitions?: Readonly<Record<string, Schema>>
}

const maxItems = 6
const maxDepth = 8

/**
 * The answer as JSON text. Without a schema: `{"answer", "source", "grounded"}`. With one, each
 * field is filled from the prompt: a field that a context line names as `field: value` gets that
 * value, lists get the context's most frequent terms, and the rest gets the answer.
 */
export function structuredAnswer(prompt: Prompt, answered: Answer, schema?: unknown): string {
  if (typeof schema !== 'object' || schema === null) {
    const { text, source, grounded } = answered
    return JSON.stringify({ answer: text, source, grounded })
  }
  const root = schema as Schema
  return JSON.stringify(fill(root, root, { prompt, answered, terms: terms(prompt) }, '', 0))
}

interface Filling {
  readonly prompt: Prompt
  readonly answered: Answer
  readonly terms: readonly string[]
  /** Within a list each text is a term rather than the answer. */
  readonly inList?: boolean
}

function fill(schema: Schema, root: Schema, from: Filling, field: string, depth: number): unknown {
  if (depth > maxDepth) return null
  if (schema.$ref) return fill(resolve(schema.$ref, root), root, from, field, depth + 1)
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return fromEnum(schema.enum, from, field)
  if (schema.anyOf) return fill(schema.anyOf[0] ?? {}, root, from, field, depth + 1)
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
  const named = namedValue(field, from.prompt)
  if (type === 'object' || schema.properties) {
    let term = 0
    const entries = Object.entries(schema.properties ?? {}).map(([name, property]) => {
      // Inside a list of objects each text takes the next term: source, target, and so on.
      const shifted = from.inList ? listed(from, term) : from
      if (property.type === 'string' && !property.enum) term += 1
      return [name, fill(property, root, shifted, name, depth + 1)]
    })
    return Object.fromEntries(entries)
  }
  if (type === 'array') {
    return from.terms.slice(0, maxItems).map((_, index) => {
      const item = listed(from, index)
      return fill(schema.items ?? { type: 'string' }, root, item, '', depth + 1)
    })
  }
  if (type === 'boolean') return named ? /^(true|yes|예)/i.test(named) : from.answered.grounded
  if (type === 'integer' || type === 'number') {
    const number = Number(
      (named ?? from.answered.text).replaceAll(',', '').match(/-?\d+(\.\d+)?/)?.[0] ?? 0,
    )
    return type === 'integer' ? Math.round(number) : number
  }
  if (type === 'null') return null
  return named ?? from.answered.text
}

function listed(from: Filling, index: number): Filling {
  const turned = [...from.terms.slice(index), ...from.terms.slice(0, index)]
  const answered = { text: turned[0] ?? '', source: null, grounded: true }
  return { prompt: from.prompt, terms: turned, answered, inList: true }
}

function fromEnum(values: readonly unknown[], from: Filling, field: string): unknown {
  const text = `${namedValue(field, from.prompt) ?? ''} ${from.answered.text} ${from.prompt.question}`
  return values.find((value) => typeof value === 'string' && text.includes(value)) ?? values[0]
}

function namedValue(field: string, prompt: Prompt): string | undefined {
  if (field === '') return undefined
  for (const sentence of prompt.context) {
    const [, name, value] = /^([^:：]+)[:：]\s*(.+)$/.exec(sentence.text) ?? []
    if (name?.trim().toLowerCase() === field.toLowerCase()) return value?.trim()
  }
  return undefined
}

function resolve(reference: string, root: Schema): Schema {
  const name = reference.split('/').at(-1) ?? ''
  return root.$defs?.[name] ?? root.definitions?.[name] ?? {}
}

/** Korean particles that end a noun. */
const particle = /(?:에서|으로|에게|까지|부터|이나|은|는|이|가|을|를|의|에|로|와|과|도)$/

/** The words of the context, most frequent first, then in their order. */
function terms(prompt: Prompt): string[] {
  const counts = new Map<string, number>()
  for (const sentence of prompt.context) {
    for (const word of sentence.text.split(/[^\p{L}\p{N}]+/u)) {
      const stem = word.length > 2 ? word.replace(particle, '') : word
      // Endings of Korean verbs are no terms.
      if (stem.length < 2 || /(?:다|한|된|하는|되는|하여|있는|경우)$/.test(stem)) continue
      counts.set(stem, (counts.get(stem) ?? 0) + 1)
    }
  }
  return [...counts].toSorted((one, other) => other[1] - one[1]).map(([term]) => term)
}
