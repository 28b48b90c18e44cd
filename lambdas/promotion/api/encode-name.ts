import type { HttpEvent } from '../../platform/request.ts'

/** Paths in which a name stands in the middle. Greedy: what is behind the last such word is ours. */
const withName =
  /^(\/ops\/(?:models|prompts)\/)(.+)(\/(?:promotions|approvals|rollbacks)(?:\/[^/]+)?)$/

/**
 * An HTTP API decodes paths, so that a name with a slash looks like several parts. Encodes the name again, as the routes
 * expect it.
 */
export function encodeName(event: HttpEvent): void {
  const { http } = event.requestContext
  http.path = encodedPath(http.path)
}

/** The path with its name as one part. */
export function encodedPath(path: string): string {
  const [, start, name, end] = withName.exec(path) ?? []
  return start === undefined || name === undefined || end === undefined
    ? path
    : `${start}${encodeURIComponent(name)}${end}`
}
