import type * as z from 'zod'
import { fromJsonLines } from '../../platform/artifacts.ts'

/** Lines of JSON, each checked. @throws Error that names the first line which does not fit */
export function parseJsonLines<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): z.output<Schema>[] {
  return fromJsonLines(text).map((value, index) => {
    const { data, error } = schema.safeParse(value)
    if (error !== undefined) throw new Error(`Line ${index + 1} does not fit.`, { cause: error })
    return data
  })
}
