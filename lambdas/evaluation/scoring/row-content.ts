import * as z from 'zod'
import type { FlyerItem } from '../metrics/field-accuracy.ts'
import type { AnsweredRow } from '../row.ts'

/** What of a row its outputs are read from. */
type Answered = Pick<AnsweredRow, 'outputs' | 'contexts' | 'failure'>

const price = z.union([z.string(), z.number(), z.null()]).optional().catch(undefined)

/** An item without a legible product is one that no label matches, not one that was not answered. */
const item = z.object({ product: z.string().catch(''), price }).catch({ product: '' })

/** The answer in words: outputs that are a text, or their `answer`. */
export function answerOf(row: Answered): string | undefined {
  const { outputs } = row
  if (row.failure === null && typeof outputs === 'string') return outputs
  const answer = output(row, 'answer')
  return typeof answer === 'string' ? answer : undefined
}

/** The ids of what was retrieved, best first: `retrieved`, or those of the contexts. */
export function retrievedOf(row: Answered): readonly string[] | undefined {
  if (row.failure !== null) return undefined
  const retrieved = output(row, 'retrieved')
  if (retrieved === undefined) return row.contexts?.map(({ id }) => id)
  return z.array(z.string()).safeParse(retrieved).data
}

/** The confidence that was reported, 0 to 1; `null` when there is none. */
export function confidenceOf(row: Answered): number | null {
  const confidence = output(row, 'confidence')
  return typeof confidence === 'number' && confidence >= 0 && confidence <= 1 ? confidence : null
}

/** What was read from a flyer; absent when the outputs have no list of items. */
export function itemsOf(row: Answered): readonly FlyerItem[] | undefined {
  const items = output(row, 'items')
  return Array.isArray(items) ? z.array(item).parse(items) : undefined
}

/** What a classifier decided; `null` when it did not. */
export function predictedOf(row: Answered): boolean | null {
  return booleanOf(output(row, 'predicted'))
}

/** Whether a case went through without a person; `null` when that is not known. */
export function straightThroughOf(row: Answered): boolean | null {
  return booleanOf(output(row, 'straightThrough'))
}

function booleanOf(value: unknown): boolean | null {
  return typeof value === 'boolean' ? value : null
}

/** A field of the outputs; absent where the row failed or the outputs are no object. */
function output({ outputs, failure }: Answered, name: string): unknown {
  if (failure !== null || typeof outputs !== 'object' || outputs === null) return undefined
  return Array.isArray(outputs) ? undefined : outputs[name]
}
