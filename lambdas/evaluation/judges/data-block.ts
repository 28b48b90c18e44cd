import { createHash } from 'node:crypto'

/**
 * Data under evaluation as a block that nothing in it can close: one line of JSON between two lines with a mark that is
 * the digest of that line. A text would have to hold its own digest to write the mark.
 */
export function dataBlock(data: unknown): string {
  const line = JSON.stringify(data)
    // Control tokens of chat formats; JSON readers see no difference.
    .replaceAll('<|', String.raw`\u003c|`)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)
  const mark = createHash('sha256').update(line).digest('hex').slice(0, 16)
  return `[DATA ${mark}]\n${line}\n[END DATA ${mark}]`
}

/** A text that can stand in JSON of Postgres and of every provider: no NUL, no half of a surrogate pair. */
export function cleanText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
