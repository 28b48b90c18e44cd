import type { AnsweredRow } from '../row.ts'
import { isObject } from '../../platform/datasets/fit-row.ts'
import type { SpanContent } from './span-content.ts'

type Context = NonNullable<AnsweredRow['contexts']>[number]

/** Where a document's id stands, the most telling first; `doc_uri` is MLflow's own convention. */
const idFields = ['id', 'doc_uri', 'source', 'url'] as const

/**
 * What the RETRIEVER spans of a trace found, in the order in which they were asked and in their own order: LangChain's
 * and MLflow's documents, objects with a text, or texts. A document that several spans found counts once. A document
 * without an id is named after its span. `undefined` when nothing was retrieved at all, which is not the same as an
 * empty list.
 */
export function contextsOf(spans: readonly SpanContent[]): Context[] | undefined {
  const retrievals = spans.filter(({ type }) => type === 'RETRIEVER')
  if (retrievals.length === 0) return undefined
  const contexts = new Map<string, Context>()
  for (const [call, { name, outputs }] of retrievals.entries()) {
    for (const [place, document] of documentsIn(outputs).entries()) {
      const text = textOf(document)
      if (text === undefined) continue
      const id = idOf(document) ?? `${name === '' ? 'retriever' : name}-${call + 1}-${place + 1}`
      addContext(contexts, { id, text })
    }
  }
  return [...contexts.values()]
}

/** Chunks of one document have its id: they are numbered, as both were retrieved. */
function addContext(contexts: Map<string, Context>, { id, text }: Context): void {
  for (let chunk = 1; ; chunk += 1) {
    const name = chunk === 1 ? id : `${id}#${chunk}`
    const before = contexts.get(name)
    if (before === undefined) contexts.set(name, { id: name, text })
    if (before === undefined || before.text === text) return
  }
}

function documentsIn(outputs: unknown): readonly unknown[] {
  if (Array.isArray(outputs)) return outputs
  if (isObject(outputs)) {
    const list = ['documents', 'docs', 'results', 'contexts', 'chunks'].map((name) => outputs[name])
    return list.find(Array.isArray) ?? [outputs]
  }
  return [outputs]
}

function textOf(document: unknown): string | undefined {
  if (typeof document === 'string') return document === '' ? undefined : document
  if (!isObject(document)) return undefined
  return ['page_content', 'text', 'content', 'pageContent']
    .map((name) => document[name])
    .find((text) => typeof text === 'string')
}

function idOf(document: unknown): string | undefined {
  if (!isObject(document)) return undefined
  const metadata = isObject(document['metadata']) ? document['metadata'] : {}
  const [ofMetadata, ...others] = idFields.map((name) => metadata[name])
  return [ofMetadata, document['id'], ...others]
    .map((id) => (typeof id === 'number' ? String(id) : id))
    .find((id): id is string => typeof id === 'string' && id !== '')
}
