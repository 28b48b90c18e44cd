import { isNoncommittal } from '../../lambdas/evaluation/lexical-judge/answer-relevancy.ts'
import { judgeAnswer } from '../../lambdas/evaluation/lexical-judge/judge.ts'
import {
  type PreparedPassage,
  preparePassages,
  supportOf,
} from '../../lambdas/evaluation/lexical-judge/support.ts'
import type { ChatMessage } from './tokens.ts'

/** The data that a judge of evaluations is shown; which of it there is depends on the task. */
interface Data {
  readonly answer?: string
  readonly contexts?: readonly { readonly number: number; readonly text: string }[] | null
  readonly sentences?: readonly {
    readonly number: number
    readonly text: string
    readonly cites: readonly number[]
  }[]
}

type Contexts = NonNullable<Data['contexts']>

const block = /^\[DATA ([0-9a-f]{16})\]\n(.*)\n\[END DATA \1\]$/mu

/** Names of the answers that judges ask for; `undefined` for other clients. */
export function judgeTaskOf(schemaName: string | undefined): string | undefined {
  return schemaName?.startsWith('judge_') ? schemaName.slice('judge_'.length) : undefined
}

/**
 * Answers as an honest judge would that goes by words alone, as `lexical-v1` does: the same every time.
 * `undefined` when the prompt is not one of a judge of evaluations.
 */
export function judgeTaskAnswer(task: string, messages: readonly ChatMessage[]): unknown {
  const data = readData(messages)
  if (data === undefined) return undefined
  const contexts = data.contexts ?? []
  switch (task) {
    case 'claims':
      return claims(data.sentences ?? [], contexts)
    case 'answer_relevancy':
      return questions(data.answer ?? '')
    case 'context_precision':
      return usefulContexts(data.answer ?? '', contexts)
    case 'criterion':
      return criterion(data.answer ?? '', contexts)
    default:
      return undefined
  }
}

function readData(messages: readonly ChatMessage[]): Data | undefined {
  for (const { role, content } of messages) {
    const text =
      typeof content === 'string'
        ? content
        : (content ?? []).map((part) => (typeof part.text === 'string' ? part.text : '')).join('\n')
    const line = role === 'user' ? block.exec(text)?.[2] : undefined
    if (line !== undefined) return JSON.parse(line) as Data
  }
  return undefined
}

function claims(sentences: NonNullable<Data['sentences']>, contexts: Contexts): unknown {
  const passages = new Map(contexts.map((context) => [context.number, passagesOf(context)]))
  const all = [...passages.values()].flat()
  return {
    sentences: sentences.map(({ number, text, cites }) => ({
      number,
      claims: statesSomething(text) ? [claim(text, all)] : [],
      citations: cites.map((context) => {
        const { support, passage } = supportOf(text, passages.get(context) ?? [])
        const supports = support === 'supported'
        return { context, quote: supports ? (passage?.text ?? null) : null, supports }
      }),
    })),
  }
}

function claim(text: string, passages: readonly PreparedPassage[]): unknown {
  const { support, passage, rationale } = supportOf(text, passages)
  const verdict = support === 'not mentioned' ? 'not_mentioned' : support
  const evidence =
    passage === null || verdict === 'not_mentioned'
      ? []
      : [{ context: Number(passage.contextId), quote: passage.text }]
  return { claim: text, reason: rationale, evidence, verdict }
}

/** Three questions that the sentences of the answer reply to. */
function questions(answer: string): unknown {
  const sentences = piecesOf(answer)
  const noncommittal = sentences.every((sentence) => isNoncommittal(sentence))
  const [first = answer, second = first, third = second] = sentences
  return {
    questions: [first, second, third].map((sentence, index) => ({
      question: asQuestion(sentence, index),
      noncommittal,
    })),
  }
}

function asQuestion(sentence: string, index: number): string {
  const bare = sentence.replace(/[.!?。\s]+$/u, '')
  if (/\p{Script=Hangul}/u.test(sentence)) {
    const stem = bare.replace(/(?:습니다|입니다|합니다|됩니다|니다|해요|어요|아요|이다|다)$/u, '')
    return `${stem}${['는 것이 맞습니까', '는지요', '나요'][index] ?? '나요'}?`
  }
  return `${['Is it so that', 'Could you tell me whether', 'Do you know if'][index] ?? 'Is it that'} ${bare}?`
}

function usefulContexts(answer: string, contexts: Contexts): unknown {
  const sentences = piecesOf(answer)
  return {
    contexts: contexts.map((context) => {
      const passages = passagesOf(context)
      const support = sentences
        .map((sentence) => supportOf(sentence, passages))
        .find((each) => each.support === 'supported')
      return {
        number: context.number,
        reason: support?.rationale ?? 'No sentence of the answer is in it.',
        quote: support?.passage?.text ?? null,
        useful: support !== undefined,
      }
    }),
  }
}

/** Takes every criterion for one of being grounded. */
function criterion(answer: string, contexts: Contexts): unknown {
  const passages = contexts.flatMap((context) => passagesOf(context))
  const stated = piecesOf(answer).filter((sentence) => statesSomething(sentence))
  const unsupported = stated.find(
    (sentence) => supportOf(sentence, passages).support !== 'supported',
  )
  return unsupported === undefined
    ? { reason: 'Every statement is in the contexts.', answer: 'yes' }
    : { reason: `Not in the contexts: ${unsupported}`, answer: 'no' }
}

function statesSomething(sentence: string): boolean {
  return (judgeAnswer({ answer: sentence, contexts: [] }).claims ?? []).length > 0
}

/** Passages whose text is that of the context to the letter, so that they can be quoted. */
function passagesOf({ number, text }: Contexts[number]): PreparedPassage[] {
  return preparePassages(String(number), piecesOf(text))
}

function piecesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?。])\s+|\n+/u)
    .map((piece) => piece.trim())
    .filter((piece) => /[\p{L}\p{N}]/u.test(piece))
}
