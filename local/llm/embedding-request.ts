import { readModelName, unknownModel } from './chat.ts'
import { embed, toBase64 } from './embeddings.ts'
import { type Model, findModel } from './models.ts'
import { OpenAiError } from './problem.ts'
import { decode, encode } from './tokens.ts'

const maxInputs = 2048
const maxTokensPerInput = 8192

/** `POST /v1/embeddings`, read, checked and counted. */
export interface EmbeddingRequest {
  readonly model: Model
  readonly requestedModel: string
  readonly texts: readonly string[]
  readonly tokens: number
  readonly dimensions: number
  readonly base64: boolean
}

/** Checks a body; throws OpenAI's 400 or 404. Inputs are texts or lists of tokens, one or many. */
export function readEmbeddingRequest(body: Readonly<Record<string, unknown>>): EmbeddingRequest {
  const requestedModel = readModelName(body)
  const model = findModel(requestedModel, 'embedding')
  if (!model) throw unknownModel(requestedModel)
  const inputs = listOfInputs(body.input)
  if (inputs.length === 0 || inputs.length > maxInputs) {
    throw invalidInput(`expected 1 to ${maxInputs} inputs`)
  }
  const counts = inputs.map((input) =>
    typeof input === 'string' ? encode(input, model).length : input.length,
  )
  if (counts.some((count) => count === 0)) throw invalidInput('an input cannot be empty')
  if (counts.some((count) => count > maxTokensPerInput)) {
    throw invalidInput(`an input may have at most ${maxTokensPerInput} tokens`)
  }
  const dimensions = body.dimensions ?? model.dimensions!
  if (
    !Number.isInteger(dimensions) ||
    (dimensions as number) < 1 ||
    (dimensions as number) > model.dimensions!
  ) {
    throw new OpenAiError(400, `Invalid 'dimensions': at most ${model.dimensions}.`, {
      param: 'dimensions',
    })
  }
  return {
    model,
    requestedModel,
    texts: inputs.map((input) => (typeof input === 'string' ? input : decode(input, model))),
    tokens: counts.reduce((total, count) => total + count, 0),
    dimensions: dimensions as number,
    base64: body.encoding_format === 'base64',
  }
}

/** The body of the answer. */
export function embeddingBody(request: EmbeddingRequest) {
  return {
    object: 'list',
    data: request.texts.map((text, index) => {
      const vector = embed(text, request.dimensions)
      const embedding = request.base64 ? toBase64(vector) : Array.from(vector)
      return { object: 'embedding', index, embedding }
    }),
    model: request.model.snapshot,
    usage: { prompt_tokens: request.tokens, total_tokens: request.tokens },
  }
}

type Input = string | readonly number[]

function listOfInputs(input: unknown): readonly Input[] {
  if (typeof input === 'string') return [input]
  if (isTokens(input)) return [input]
  if (Array.isArray(input) && input.every((one) => typeof one === 'string' || isTokens(one))) {
    return input
  }
  throw invalidInput('expected a text, a list of texts, a list of tokens, or a list of those')
}

function isTokens(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((token) => Number.isInteger(token) && token >= 0 && token < 100_256)
  )
}

function invalidInput(what: string): OpenAiError {
  return new OpenAiError(400, `Invalid 'input': ${what}.`, { param: 'input' })
}
