import * as z from 'zod'

/** A value that fits its schema, or why it does not. */
export type Fit<Row> = { readonly row: Row } | { readonly reason: string }

const issuesNamed = 3

/** Checks a value that is to be a row. A field that is `null` at the top counts as absent, as tables are exported so. */
export function fitRow<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): Fit<z.output<Schema>> {
  if (!isObject(value)) return { reason: 'is no JSON object' }
  try {
    const present = Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
    const fit = schema.safeParse(present)
    return fit.success ? { row: fit.data } : { reason: describeIssues(fit.error.issues) }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { reason: 'is nested too deeply' }
  }
}

/** The id that a value gives itself, whatever else is wrong with it. */
export function idOf(value: unknown): { readonly id?: string } {
  const id = isObject(value) ? value['id'] : undefined
  return typeof id === 'string' && id !== '' ? { id: id.slice(0, 200) } : {}
}

/** Whether it is an object, and no list. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  const described = issues
    .slice(0, issuesNamed)
    .map((issue) => `${issue.path.map(String).join('.')}: ${messageOf(issue)}`)
  const more = issues.length - described.length
  return `does not fit: ${described.join('; ')}${more > 0 ? `; and ${more} more` : ''}`
}

/** Zod says "Invalid input" where a value may be of several kinds; what each of them expects is more to act on. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_union') return issue.message
  const messages = issue.errors.flatMap((each) => each.map(({ message }) => message))
  return messages.length === 0 ? issue.message : [...new Set(messages)].join(', or ')
}
