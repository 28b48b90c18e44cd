import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  embedMany,
  type EmbeddingModel,
  generateText,
  type LanguageModel,
  type LanguageModelUsage,
  NoObjectGeneratedError,
  Output,
} from 'ai'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { JudgeConfig } from '../../../config/environments.ts'
import {
  type ChatAnswer,
  type ChatCall,
  type JudgeModel,
  ModelCallError,
  type ModelUsage,
} from './model.ts'

/** Statuses of a provider that is busy, restarting or slow. */
const passingStatuses = new Set([408, 409, 425, 429])

/** Who calls, for the provider's own records. */
const identification = { 'user-agent': 'townin-mlops-judge' }

/** Models of the AI SDK, and what is known of their provider. */
interface SdkModels {
  readonly place: string
  readonly provider: string
  readonly chat: LanguageModel
  readonly embedding: EmbeddingModel | undefined
}

/**
 * The model that a judge is configured with, through the AI SDK.
 * @param key sent as a bearer token to an OpenAI-compatible server; none where there is no secret
 */
export function aiSdkModel(config: JudgeConfig, key: string | undefined): JudgeModel {
  const models = config.provider === 'bedrock' ? bedrock(config) : openAiCompatible(config, key)
  return {
    place: models.place,
    provider: models.provider,
    model: config.model,
    embeddingModel: config.embeddingModel ?? '',
    embeddedAtOnce: embeddedAtOnce(models.embedding),
    chat: async (call) => chat(models.chat, call),
    async embed(texts, signal) {
      if (models.embedding === undefined) {
        throw new ModelCallError('No embedding model is configured.', { passing: false })
      }
      try {
        const { embeddings, usage } = await embedMany({
          model: models.embedding,
          values: [...texts],
          maxRetries: 0,
          abortSignal: signal,
          headers: identification,
          // Cohere refuses a text that is too long, unless it is told to cut it.
          providerOptions: { amazonBedrock: { truncate: 'END' } },
        })
        return {
          vectors: embeddings,
          usage: { ...noTokens, inputTokens: known(usage.tokens), outputTokens: 0 },
        }
      } catch (error) {
        throw toCallError(error)
      }
    },
  }
}

function openAiCompatible(
  config: Extract<JudgeConfig, { provider: 'openai-compatible' }>,
  apiKey: string | undefined,
): SdkModels {
  const provider = createOpenAICompatible({
    name: 'judge',
    baseURL: config.baseUrl,
    // Without it the SDK would leave the schema out of the request.
    supportsStructuredOutputs: true,
    ...(apiKey !== undefined && { apiKey }),
  })
  return {
    place: `openai-compatible ${config.baseUrl}`,
    provider: '',
    chat: provider(config.model),
    embedding: config.embeddingModel ? provider.embeddingModel(config.embeddingModel) : undefined,
  }
}

function bedrock(config: Extract<JudgeConfig, { provider: 'bedrock' }>): SdkModels {
  const provider = createAmazonBedrock({ credentialProvider: defaultProvider() })
  return {
    place: 'bedrock',
    provider: 'bedrock',
    chat: provider(config.model),
    embedding: config.embeddingModel ? provider.embeddingModel(config.embeddingModel) : undefined,
  }
}

/** Most texts that the provider takes in one call; the SDK would split more into calls that nobody counts. */
function embeddedAtOnce(model: EmbeddingModel | undefined): number {
  if (typeof model !== 'object' || !('maxEmbeddingsPerCall' in model)) return 1
  const most = model.maxEmbeddingsPerCall
  return typeof most === 'number' ? most : 1
}

async function chat(model: LanguageModel, call: ChatCall): Promise<ChatAnswer> {
  try {
    const result = await generateText({
      model,
      instructions: call.system,
      messages: call.turns.map(({ role, text }) => ({ role, content: text })),
      output: Output.object({ schema: call.schema, name: call.schemaName }),
      temperature: 0,
      maxRetries: 0,
      abortSignal: call.signal,
      headers: identification,
    })
    const { finishReason, usage } = result
    return { text: textOf(result), cut: finishReason === 'length', usage: toUsage(usage) }
  } catch (error) {
    if (NoObjectGeneratedError.isInstance(error)) {
      return {
        text: error.text ?? '',
        cut: error.finishReason === 'length',
        usage: toUsage(error.usage),
      }
    }
    throw toCallError(error)
  }
}

/** The object as JSON; the plain text where there is none, as in an answer that was filtered. */
function textOf(result: { readonly output: unknown; readonly text: string }): string {
  try {
    return JSON.stringify(result.output)
  } catch {
    return result.text
  }
}

const noTokens: ModelUsage = {
  inputTokens: null,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: null,
  reasoningTokens: 0,
}

function toUsage(usage: LanguageModelUsage | undefined): ModelUsage {
  if (usage === undefined) return noTokens
  return {
    inputTokens: known(usage.inputTokens),
    cachedInputTokens: known(usage.inputTokenDetails.cacheReadTokens) ?? 0,
    cacheWriteTokens: known(usage.inputTokenDetails.cacheWriteTokens) ?? 0,
    outputTokens: known(usage.outputTokens),
    reasoningTokens: known(usage.outputTokenDetails.reasoningTokens) ?? 0,
  }
}

/** A count of tokens; providers that do not count leave it out or have NaN. */
function known(tokens: number | undefined): number | null {
  return tokens !== undefined && Number.isSafeInteger(tokens) && tokens >= 0 ? tokens : null
}

/** What went wrong with a call, and whether it may pass. */
export function toCallError(error: unknown): ModelCallError {
  if (error instanceof ModelCallError) return error
  if (!(error instanceof Error)) {
    return new ModelCallError(String(error), { passing: false }, { cause: error })
  }
  if (error.name === 'TimeoutError' || error.name === 'AbortError') {
    return new ModelCallError(
      'It did not answer in time.',
      { passing: true },
      {
        cause: error,
      },
    )
  }
  if (!APICallError.isInstance(error)) {
    return new ModelCallError(shorten(error.message), { passing: false }, { cause: error })
  }
  const { statusCode } = error
  if (statusCode === undefined) {
    return new ModelCallError(shorten(error.message), { passing: true }, { cause: error })
  }
  // A 200 whose body cannot be read is a proxy's, or an answer that broke off.
  const passing = statusCode < 300 || statusCode >= 500 || passingStatuses.has(statusCode)
  const retryAfter = retryAfterOf(error.responseHeaders ?? {})
  return new ModelCallError(
    `It answered ${statusCode}: ${shorten(error.message)}`,
    { passing, retryAfter },
    { cause: error },
  )
}

/** Milliseconds of `Retry-After` (seconds or a date, RFC 9110) or of OpenAI's `retry-after-ms`. */
function retryAfterOf(headers: Readonly<Record<string, string>>): number | undefined {
  const milliseconds = Number(headers['retry-after-ms'] ?? Number.NaN)
  if (milliseconds >= 0) return milliseconds
  const header = headers['retry-after']
  if (header === undefined || header.trim() === '') return undefined
  const seconds = Number(header)
  if (seconds >= 0) return seconds * 1_000
  // By the provider's own clock: ours may differ.
  const wait = Date.parse(header) - Date.parse(headers['date'] ?? '')
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}

function shorten(message: string): string {
  return message.length > 300 ? `${message.slice(0, 300)}…` : message
}
