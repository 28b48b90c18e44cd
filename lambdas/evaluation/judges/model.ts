import type * as z from 'zod'

/** Tokens of a call; `null` where the provider did not say. */
export interface ModelUsage {
  /** All input tokens, cached ones and cache writes included. */
  readonly inputTokens: number | null
  readonly cachedInputTokens: number
  readonly cacheWriteTokens: number
  /** All output tokens, reasoning included. */
  readonly outputTokens: number | null
  readonly reasoningTokens: number
}

/** A turn of the conversation with a judge. */
export interface Turn {
  readonly role: 'user' | 'assistant'
  readonly text: string
}

/** One call for a structured answer. */
export interface ChatCall {
  readonly system: string
  readonly turns: readonly Turn[]
  /** Name of the answer's shape, such as `judge_claims`. */
  readonly schemaName: string
  readonly schema: z.ZodType
  readonly signal: AbortSignal
}

/** What a model answered, whether it fits the schema or not. */
export interface ChatAnswer {
  readonly text: string
  /** Whether it was cut off at the most tokens that the model may answer. */
  readonly cut: boolean
  readonly usage: ModelUsage
}

/** One call for the vectors of texts, in their order. */
export interface EmbeddingAnswer {
  readonly vectors: readonly (readonly number[])[]
  readonly usage: ModelUsage
}

/** An LLM and, where there is one, an embedding model. Each function is one call, without retries. @throws ModelCallError */
export interface JudgeModel {
  /** Where it runs: part of what an answer is kept under, so that another server is another judge. */
  readonly place: string
  /** As spans name the provider, so that its prices are found; empty where only the model's name is known. */
  readonly provider: string
  readonly model: string
  readonly embeddingModel: string
  chat(call: ChatCall): Promise<ChatAnswer>
  /** Takes at most {@link embeddedAtOnce} texts. */
  embed(texts: readonly string[], signal: AbortSignal): Promise<EmbeddingAnswer>
  readonly embeddedAtOnce: number
}

/** A call that brought no answer. */
export class ModelCallError extends Error {
  override readonly name = 'ModelCallError'
  /** Whether the same call may succeed later. */
  readonly passing: boolean
  /** Milliseconds for which the provider asks to be left alone. */
  readonly retryAfter: number | undefined

  constructor(
    message: string,
    how: { readonly passing: boolean; readonly retryAfter?: number | undefined },
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.passing = how.passing
    this.retryAfter = how.retryAfter
  }
}
