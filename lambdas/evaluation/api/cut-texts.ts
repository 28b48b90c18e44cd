/** Longest text that is shown whole, and shorter ones for rows with very many texts. In characters. */
const limits = [4_000, 400, 40]

/** Most bytes of one row, in {@link bytesOf}. */
export const mostRowBytes = 200_000

/** How deep a value is followed. */
const deepest = 20

/**
 * A row whose texts are short enough for it to be shown: longer ones end in a mark that says how long they were. Where
 * it stays too large all the same, its parts are replaced by a mark, the largest first; what is named in `kept` stays.
 */
export function cutTexts<Row extends Readonly<Record<string, unknown>>>(
  row: Row,
  kept: readonly (keyof Row)[] = [],
): Row {
  let shown = row
  for (const limit of limits) {
    shown = cut(row, limit, 0) as Row
    if (bytesOf(shown) <= mostRowBytes) return shown
  }
  const parts = Object.entries(shown)
    .filter(([name, part]) => typeof part === 'object' && part !== null && !kept.includes(name))
    .map(([name, part]) => ({ name, bytes: bytesOf(part) }))
    .toSorted((left, right) => right.bytes - left.bytes)
  for (const { name, bytes } of parts) {
    if (bytesOf(shown) <= mostRowBytes) break
    shown = { ...shown, [name]: `… [left out: ${bytes} bytes]` }
  }
  return shown
}

/** Bytes that a value takes in a function's answer, where JSON stands as a text within JSON. */
export function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(value) ?? ''))
}

function cut(value: unknown, limit: number, depth: number): unknown {
  if (typeof value === 'string') {
    if (value.length <= limit) return value
    return `${value.slice(0, limit).toWellFormed()}… [cut: ${value.length} characters]`
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth >= deepest) return '… [left out: nested too deep]'
  if (Array.isArray(value)) return value.map((one) => cut(one, limit, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [
      name.length <= limit ? name : `${name.slice(0, limit).toWellFormed()}…`,
      cut(one, limit, depth + 1),
    ]),
  )
}
