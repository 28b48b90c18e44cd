import type * as z from 'zod'
import type { AnsweredRow } from '../row.ts'
import { isObject } from '../../platform/datasets/fit-row.ts'

/** Names under which applications are asked, the likeliest first. */
const questionFields = ['question', 'query', 'input', 'prompt', 'text', 'message', 'content']

/** Names under which they answer. */
const answerFields = ['answer', 'output', 'response', 'result', 'text', 'content', 'output_text']

/** Fields of outputs that metrics read besides the answer, and what they must be; see `answeredRow`. */
const measured: Readonly<Record<string, (value: unknown) => boolean>> = {
  retrieved: (value) => Array.isArray(value) && value.every((each) => typeof each === 'string'),
  confidence: (value) => typeof value === 'number' && value >= 0 && value <= 1,
  items: Array.isArray,
  predicted: (value) => typeof value === 'boolean',
  straightThrough: (value) => typeof value === 'boolean',
}

type Outputs = AnsweredRow['outputs']

/**
 * The question in what a span was called with: a text, the last message of the user, the field that is named like one,
 * or all of it as JSON. `undefined` for nothing.
 */
export function questionOf(inputs: unknown): string | undefined {
  return textIn(inputs, questionFields, ['user', 'human']) ?? wholeOf(inputs)
}

/**
 * What a span answered, as the outputs of a row: a text; `{ answer, … }` where there are fields beside it that metrics
 * read; all of it as JSON where nothing looks like an answer. `undefined` for nothing.
 */
export function outputsOf(outputs: unknown): Outputs {
  const answer = textIn(outputs, answerFields, ['assistant', 'ai'])
  if (!isObject(outputs)) return answer ?? wholeOf(outputs)
  const besides = Object.entries(outputs).filter(([name, value]) => measured[name]?.(value))
  if (besides.length === 0) return answer ?? wholeOf(outputs)
  return Object.fromEntries([
    ...(answer === undefined ? [] : [['answer', answer]]),
    ...besides,
  ]) as z.core.util.JSONType
}

/** A text, the last message of one of the roles, or the first field of one of the names that holds either. */
function textIn(
  value: unknown,
  names: readonly string[],
  roles: readonly string[],
): string | undefined {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value
  if (Array.isArray(value)) return lastMessage(value, roles)
  if (!isObject(value)) return undefined
  for (const name of names) {
    const text = textIn(value[name], names, roles) ?? partsOf(value[name])
    if (text !== undefined) return text
  }
  // OpenAI's API.
  const { choices, messages } = value
  if (Array.isArray(messages)) return lastMessage(messages, roles)
  const [choice] = (Array.isArray(choices) ? choices : []) as readonly unknown[]
  return isObject(choice) ? textIn(choice['message'], ['content'], roles) : undefined
}

/** Of a list of messages, which may be a list of such lists, the text of the last one of a role. */
function lastMessage(list: readonly unknown[], roles: readonly string[]): string | undefined {
  const message = list.flat().findLast((each) => isObject(each) && roles.includes(roleOf(each)))
  if (!isObject(message)) return undefined
  return textIn(message['content'], [], roles) ?? partsOf(message['content'])
}

/** OpenAI says `role`, LangChain says `type`. */
function roleOf(message: Readonly<Record<string, unknown>>): string {
  const role = message['role'] ?? message['type']
  return typeof role === 'string' ? role : ''
}

/** A message in parts, of which some may be pictures. */
function partsOf(content: unknown): string | undefined {
  if (!Array.isArray(content)) return undefined
  const texts = content.flatMap((part: unknown) =>
    isObject(part) && typeof part['text'] === 'string' ? [part['text']] : [],
  )
  return texts.length === 0 ? undefined : texts.join('\n')
}

function wholeOf(value: unknown): string | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value === 'object' && Object.keys(value).length === 0) return undefined
  return JSON.stringify(value)
}
