import { answer, readPrompt } from './answers.ts'
import { judgeTaskAnswer, judgeTaskOf } from './judge-answers.ts'
import { type Model, findModel } from './models.ts'
import { OpenAiError } from './problem.ts'
import { structuredAnswer } from './structured-answers.ts'
import { type ChatMessage, type PromptCache, countChat, decode, encode } from './tokens.ts'

/** `POST /v1/chat/completions`, read and checked; what it does not name is ignored. */
export interface ChatRequest {
  readonly model: Model
  readonly requestedModel: string
  readonly messages: readonly ChatMessage[]
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly choices: number
  readonly maxTokens: number
  /** `undefined` answers in text; `null` in JSON of our own shape; else in JSON of this schema. */
  readonly jsonSchema: unknown
  /** Of the schema, such as `judge_claims`. */
  readonly schemaName: string | undefined
}

/** An answer before it is written, whole or streamed. */
export interface ChatResult {
  readonly text: string
  readonly finishReason: 'stop' | 'length'
  readonly usage: ChatUsage
}

/** OpenAI's usage object. */
interface ChatUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  readonly prompt_tokens_details: { readonly cached_tokens: number; readonly audio_tokens: 0 }
  readonly completion_tokens_details: {
    readonly reasoning_tokens: number
    readonly audio_tokens: 0
    readonly accepted_prediction_tokens: 0
    readonly rejected_prediction_tokens: 0
  }
}

/** Checks a body; throws OpenAI's 400 or 404. */
export function readChatRequest(body: Readonly<Record<string, unknown>>): ChatRequest {
  const requestedModel = readModelName(body)
  const model = findModel(requestedModel, 'chat')
  if (!model) throw unknownModel(requestedModel)
  const messages = body.messages
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isMessage)) {
    throw new OpenAiError(400, "Invalid 'messages': expected a list of messages with a role.", {
      param: 'messages',
    })
  }
  const choices = body.n ?? 1
  if (!Number.isInteger(choices) || (choices as number) < 1 || (choices as number) > 8) {
    throw new OpenAiError(400, "Invalid 'n': expected a whole number from 1 to 8.", { param: 'n' })
  }
  const maxTokens = body.max_completion_tokens ?? body.max_tokens ?? Number.MAX_SAFE_INTEGER
  if (!Number.isInteger(maxTokens) || (maxTokens as number) < 1) {
    throw new OpenAiError(400, "Invalid 'max_tokens': expected a whole number of at least 1.", {
      param: 'max_tokens',
    })
  }
  return {
    model,
    requestedModel,
    messages,
    stream: body.stream === true,
    includeUsage: property(body.stream_options, 'include_usage') === true,
    choices: choices as number,
    maxTokens: maxTokens as number,
    jsonSchema: readSchema(body.response_format),
    schemaName: readSchemaName(body.response_format),
  }
}

/** The name of the model in a body; throws OpenAI's 400 without one. */
export function readModelName(body: Readonly<Record<string, unknown>>): string {
  if (typeof body.model === 'string' && body.model !== '') return body.model
  throw new OpenAiError(400, 'you must provide a model parameter', { param: 'model' })
}

/** OpenAI's 404 for a model that does not exist. */
export function unknownModel(name: string): OpenAiError {
  return new OpenAiError(
    404,
    `The model \`${name.slice(0, 100)}\` does not exist or you do not have access to it.`,
    { code: 'model_not_found', param: 'model' },
  )
}

/**
 * Answers from the context of the prompt and counts the tokens.
 * @param whole the text to answer with instead
 */
export function complete(
  request: ChatRequest,
  cache: PromptCache,
  whole = textFor(request),
): ChatResult {
  const { model } = request
  const counted = countChat(request.messages, model)
  const tokens = encode(whole, model)
  const cut = tokens.length > request.maxTokens
  const text = cut ? decode(tokens.slice(0, request.maxTokens), model) : whole
  const textTokens = cut ? request.maxTokens : tokens.length
  const reasoning = model.reasoningTokens ?? 0
  const output = (textTokens + reasoning) * request.choices
  return {
    text,
    finishReason: cut ? 'length' : 'stop',
    usage: {
      prompt_tokens: counted.count,
      completion_tokens: output,
      total_tokens: counted.count + output,
      prompt_tokens_details: {
        cached_tokens: cache.lookUp(counted.tokens, model),
        audio_tokens: 0,
      },
      completion_tokens_details: {
        reasoning_tokens: reasoning * request.choices,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
  }
}

function textFor(request: ChatRequest): string {
  const task = judgeTaskOf(request.schemaName)
  const judged = task === undefined ? undefined : judgeTaskAnswer(task, request.messages)
  if (judged !== undefined) return JSON.stringify(judged)
  const prompt = readPrompt(request.messages)
  const answered = answer(prompt)
  return request.jsonSchema === undefined
    ? answered.text
    : structuredAnswer(prompt, answered, request.jsonSchema)
}

/** The body of an answer that is not streamed. */
export function completionBody(
  id: string,
  created: number,
  request: ChatRequest,
  result: ChatResult,
) {
  return {
    id,
    object: 'chat.completion',
    created,
    model: request.model.snapshot,
    choices: indexes(request).map((index) => ({
      index,
      message: { role: 'assistant', content: result.text, refusal: null, annotations: [] },
      logprobs: null,
      finish_reason: result.finishReason,
    })),
    usage: result.usage,
    service_tier: 'default',
    system_fingerprint: 'fp_local',
  }
}

/** The chunks of a streamed answer, in order; usage comes in a last one of its own when asked for. */
export function* completionChunks(
  id: string,
  created: number,
  request: ChatRequest,
  result: ChatResult,
): Generator<Record<string, unknown>> {
  const base = {
    id,
    object: 'chat.completion.chunk',
    created,
    model: request.model.snapshot,
    service_tier: 'default',
    system_fingerprint: 'fp_local',
    ...(request.includeUsage && { usage: null }),
  }
  const chunk = (index: number, delta: object, finish: string | null = null) => ({
    ...base,
    choices: [{ index, delta, logprobs: null, finish_reason: finish }],
  })
  for (const index of indexes(request)) {
    yield chunk(index, { role: 'assistant', content: '', refusal: null })
    // Whole characters, not tokens: a token may be half of a Korean syllable.
    for (const piece of result.text.match(/[\s\S]{1,8}/gu) ?? []) {
      yield chunk(index, { content: piece })
    }
    yield chunk(index, {}, result.finishReason)
  }
  if (request.includeUsage) yield { ...base, choices: [], usage: result.usage }
}

function indexes(request: ChatRequest): number[] {
  return Array.from({ length: request.choices }, (_, index) => index)
}

function isMessage(value: unknown): value is ChatMessage {
  if (typeof value !== 'object' || value === null) return false
  const { role, content } = value as { role?: unknown; content?: unknown }
  const parts = Array.isArray(content) && content.every((part) => part && typeof part === 'object')
  return (
    typeof role === 'string' &&
    (typeof content === 'string' || content === null || content === undefined || parts)
  )
}

function readSchema(format: unknown): unknown {
  const type = property(format, 'type')
  if (type === undefined || type === 'text') return undefined
  if (type === 'json_object') return null
  if (type === 'json_schema') return property(property(format, 'json_schema'), 'schema') ?? null
  throw new OpenAiError(400, `Invalid 'response_format': unknown type.`, {
    param: 'response_format',
  })
}

function readSchemaName(format: unknown): string | undefined {
  const name = property(property(format, 'json_schema'), 'name')
  return typeof name === 'string' ? name : undefined
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined
}
