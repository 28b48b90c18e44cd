/** One thing that is wrong with a request. */
export interface Violation {
  /** Where: a query parameter, a path parameter or a JSON path into the body. */
  readonly field: string
  readonly message: string
}

/** An error that the caller can act on, in the form of RFC 9457 (`application/problem+json`). */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly title: string
  readonly detail: string
  readonly violations: readonly Violation[]
  readonly retryAfterSeconds: number | undefined

  constructor(problem: {
    status: number
    title: string
    /** What was wrong and what to do. */
    detail: string
    violations?: readonly Violation[]
    retryAfterSeconds?: number
  }) {
    super(problem.detail)
    this.status = problem.status
    this.title = problem.title
    this.detail = problem.detail
    this.violations = problem.violations ?? []
    this.retryAfterSeconds = problem.retryAfterSeconds
  }

  /** The body of the response. */
  toJSON(): object {
    return {
      type: 'about:blank',
      title: this.title,
      status: this.status,
      detail: this.detail,
      ...(this.violations.length > 0 && { violations: this.violations }),
    }
  }
}

/** A request that does not fit: a 400 that says where and why. */
export function invalidRequest(violations: readonly Violation[]): Problem {
  return new Problem({
    status: 400,
    title: 'The request is not valid',
    detail: violations.map(({ field, message }) => `${field}: ${message}`).join('; '),
    violations,
  })
}
