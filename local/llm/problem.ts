/** An error that is answered in OpenAI's shape. */
export class OpenAiError extends Error {
  readonly status: number
  readonly body: { readonly error: Record<string, string | null> }
  /** What the header `Retry-After` says. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    status: number,
    message: string,
    rest: { type?: string; param?: string; code?: string; retryAfterSeconds?: number } = {},
  ) {
    super(message)
    this.status = status
    this.retryAfterSeconds = rest.retryAfterSeconds
    this.body = {
      error: {
        message,
        type: rest.type ?? 'invalid_request_error',
        param: rest.param ?? null,
        code: rest.code ?? null,
      },
    }
  }
}
