import { readImage } from './images.ts'
import type { ChatMessage } from './tokens.ts'

/** A prompt taken apart: what is asked, and the sentences that an answer may rest on. */
export interface Prompt {
  readonly question: string
  readonly context: readonly Sentence[]
}

/** A sentence of the context, and the label in square brackets of the passage that it stands in. */
interface Sentence {
  readonly text: string
  readonly source: string | null
}

/** What the stand-in answers. */
export interface Answer {
  readonly text: string
  readonly source: string | null
  readonly grounded: boolean
}

const contextHeading =
  /^\s*(?:#+\s*)?(?:context|clauses?|passages?|약관|조항|문맥|참고)\s*[:：]\s*/i
const questionHeading = /^\s*(?:#+\s*)?(?:question|q|질문|문의|청구 내용)\s*[:：]\s*/i
const label = /^\s*\[([^\]\n]{1,80})\]\s*/

/** Share of the question's letter pairs that a sentence must have to count as an answer. */
const enoughOverlap = 0.3

/**
 * Takes a prompt apart. Lines after a heading such as `Context:` or `약관:` are the context, up to
 * a line `Question:` or `질문:`. Without headings the last user message is the context, and its last
 * sentence the question. Text carried by images belongs to the context.
 */
export function readPrompt(messages: readonly ChatMessage[]): Prompt {
  const lastUser = messages.findLast((message) => message.role === 'user')
  const marked: string[] = []
  let question = ''
  for (const message of messages) {
    let inContext = false
    for (const line of textOf(message).split('\n')) {
      if (questionHeading.test(line)) {
        inContext = false
        question = line.replace(questionHeading, '')
      } else if (contextHeading.test(line)) {
        inContext = true
        marked.push(line.replace(contextHeading, ''))
      } else if (inContext) marked.push(line)
    }
  }
  const seen = messages.flatMap((message) => imageTexts(message))
  if (marked.length > 0 || seen.length > 0) {
    return {
      question: question || (lastSentence(lastUser) ?? ''),
      context: sentences([...marked, ...seen]),
    }
  }
  const all = sentences(lastUser ? textOf(lastUser).split('\n') : [])
  const asked = question || (lastSentence(lastUser) ?? '')
  return { question: asked, context: all.filter((sentence) => !asked.includes(sentence.text)) }
}

/** Answers with the sentence that shares most with the question, or says that none does. */
export function answer(prompt: Prompt): Answer {
  const wanted = pairs(prompt.question)
  let best: Sentence | undefined
  let bestScore = 0
  for (const sentence of prompt.context) {
    const score = overlap(wanted, pairs(sentence.text))
    if (score > bestScore) {
      bestScore = score
      best = sentence
    }
  }
  if (!best || bestScore < enoughOverlap) {
    const korean = /\p{Script=Hangul}/u.test(prompt.question)
    return {
      text: korean
        ? '주어진 약관 조항에서는 답을 찾을 수 없습니다.'
        : 'The answer is not in the given clauses.',
      source: null,
      grounded: false,
    }
  }
  const text = best.source ? `${best.text} [${best.source}]` : best.text
  return { text, source: best.source, grounded: true }
}

/** The text of a message without its images. */
function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content
  const texts = (message.content ?? []).map((part) => part.text)
  return texts.filter((text) => typeof text === 'string').join('\n')
}

function imageTexts(message: ChatMessage): string[] {
  if (typeof message.content === 'string') return []
  return (message.content ?? [])
    .filter((part) => part.type === 'image_url')
    .flatMap((part) => {
      const source = part.image_url as { url?: unknown } | string | undefined
      return readImage(typeof source === 'object' ? source.url : source).text.split('\n')
    })
}

function lastSentence(message: ChatMessage | undefined): string | undefined {
  return message && sentences(textOf(message).split('\n')).at(-1)?.text
}

function sentences(lines: readonly string[]): Sentence[] {
  const found: Sentence[] = []
  let source: string | null = null
  for (const line of lines) {
    const match = label.exec(line)
    if (match) source = match[1]!
    const text = match ? line.slice(match[0].length) : line
    // An empty line ends the passage that a label began.
    if (text.trim() === '' && !match) source = null
    for (const sentence of text.split(/(?<=[.!?。])\s+/)) {
      if (sentence.trim() !== '') found.push({ text: sentence.trim(), source })
    }
  }
  return found
}

function pairs(text: string): Set<string> {
  const found = new Set<string>()
  for (const word of text
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)) {
    const characters = Array.from(word)
    if (characters.length === 1) found.add(word)
    for (let at = 0; at + 2 <= characters.length; at += 1) {
      found.add(characters[at]! + characters[at + 1]!)
    }
  }
  return found
}

function overlap(wanted: Set<string>, has: Set<string>): number {
  if (wanted.size === 0) return 0
  let shared = 0
  for (const pair of wanted) if (has.has(pair)) shared += 1
  // A long sentence shares a little with everything: its length counts against it, gently.
  return shared / wanted.size - 0.0005 * has.size
}
