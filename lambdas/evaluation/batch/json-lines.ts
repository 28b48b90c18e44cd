import type * as z from 'zod'

/** One value a line, as UTF-8 text that ends with a line break; empty for no values. */
export function toJsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}

/** Reads what {@link toJsonLines} wrote. @throws Error that names the first line which does not fit */
export function parseJsonLines<Schema extends z.ZodType>(
  bytes: Uint8Array,
  schema: Schema,
): z.output<Schema>[] {
  return linesOf(bytes).map((line, index) => {
    try {
      return schema.parse(JSON.parse(line))
    } catch (error) {
      throw new Error(`Line ${index + 1} does not fit.`, { cause: error })
    }
  })
}

/** The lines that hold something. */
function linesOf(bytes: Uint8Array): string[] {
  return new TextDecoder()
    .decode(bytes)
    .split('\n')
    .filter((line) => line.trim() !== '')
}
