import { createHash } from 'node:crypto'
import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base'
import * as o200k from 'gpt-tokenizer/encoding/o200k_base'
import { imageTokens, readImage } from './images.ts'
import type { Model } from './models.ts'
import { OpenAiError } from './problem.ts'

const encodings = { cl100k_base: cl100k, o200k_base: o200k }

/** A part of a message's content. */
interface ContentPart {
  readonly type?: unknown
  readonly text?: unknown
  readonly refusal?: unknown
  readonly image_url?: unknown
}

/** A chat message as a client sends it. */
export interface ChatMessage {
  readonly role: string
  readonly content?: string | readonly ContentPart[] | null
  readonly name?: unknown
  readonly tool_calls?: unknown
  readonly tool_call_id?: unknown
}

/** Tokens of a text; text that looks like a control token is counted as text. */
export function encode(text: string, model: Model): number[] {
  return encodings[model.encoding].encode(text, { disallowedSpecial: new Set<string>() })
}

/** The text of tokens. */
export function decode(tokens: readonly number[], model: Model): string {
  return encodings[model.encoding].decode([...tokens])
}

/** Prompt of a chat call: its tokens of text in order, and how many there are with all overheads. */
export interface CountedPrompt {
  readonly tokens: readonly number[]
  readonly count: number
}

/**
 * Counts a chat prompt: 3 tokens a message, its role, content and other texts, 1 more with a name,
 * and 3 that prime the answer. Tools and response formats are not counted.
 * Source: OpenAI Cookbook, "How to count tokens with tiktoken", section 6.
 */
export function countChat(messages: readonly ChatMessage[], model: Model): CountedPrompt {
  const tokens: number[] = []
  let count = 3
  const addText = (text: string): void => {
    const encoded = encode(text, model)
    for (const token of encoded) tokens.push(token)
    count += encoded.length
  }
  for (const message of messages) {
    count += 3
    addText(message.role)
    if (typeof message.content === 'string') addText(message.content)
    else {
      for (const part of message.content ?? []) {
        if (typeof part.text === 'string') addText(part.text)
        else if (typeof part.refusal === 'string') addText(part.refusal)
        else if (part.type === 'image_url') count += countImage(part.image_url, model)
      }
    }
    if (typeof message.name === 'string') {
      addText(message.name)
      count += 1
    }
    if (typeof message.tool_call_id === 'string') addText(message.tool_call_id)
    if (Array.isArray(message.tool_calls)) addText(JSON.stringify(message.tool_calls))
  }
  return { tokens, count }
}

function countImage(value: unknown, model: Model): number {
  if (!model.images) {
    throw new OpenAiError(400, `The model ${model.name} does not take images.`, {
      param: 'messages',
    })
  }
  const source = (typeof value === 'object' && value !== null ? value : { url: value }) as {
    url?: unknown
    detail?: unknown
  }
  return imageTokens(readImage(source.url), source.detail, model.images)
}

const firstCacheable = 1024
const cacheStep = 128
const maxRemembered = 50_000

/**
 * Imitates OpenAI's prompt caching: a prompt whose first 1,024 or more tokens (in steps of 128)
 * began an earlier prompt of the same model reports them as cached. Nothing expires, so the same
 * calls in the same order always report the same.
 */
export class PromptCache {
  readonly #prefixes = new Set<string>()

  /** Tokens of this prompt that were cached; remembers it for later ones. */
  lookUp(tokens: readonly number[], model: Model): number {
    let cached = 0
    const hash = createHash('sha256').update(model.snapshot)
    let from = 0
    for (let end = firstCacheable; end <= tokens.length; end += cacheStep) {
      hash.update(Uint32Array.from(tokens.slice(from, end)))
      from = end
      const key = hash.copy().digest('base64')
      if (this.#prefixes.has(key)) cached = end
      else if (this.#prefixes.size < maxRemembered) this.#prefixes.add(key)
    }
    return cached
  }
}
