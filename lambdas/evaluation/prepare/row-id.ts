import { createHash } from 'node:crypto'

/** Longest id of a row, in UTF-16 units; see `datasetRow`. */
const longest = 200

/** A text as the id of a row: itself, or its beginning with a digest where it is too long. */
export function toRowId(text: string): string {
  if (text.length <= longest) return text
  const digest = createHash('sha256').update(text).digest('hex').slice(0, 16)
  return `${text.slice(0, longest - digest.length - 1)}~${digest}`
}

/** Texts as ids of rows, in their order. Where one occurs again, its number is put behind it. */
export function toRowIds(texts: readonly string[]): string[] {
  const taken = new Set<string>()
  const occurrences = new Map<string, number>()
  return texts.map((text) => {
    let occurrence = occurrences.get(text) ?? 0
    let id: string
    do {
      occurrence += 1
      id = toRowId(occurrence === 1 ? text : `${text} (${occurrence})`)
    } while (taken.has(id))
    occurrences.set(text, occurrence)
    taken.add(id)
    return id
  })
}
