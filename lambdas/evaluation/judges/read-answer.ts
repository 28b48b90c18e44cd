import type * as z from 'zod'
import { cleanText } from './data-block.ts'
import type { ChatAnswer } from './model.ts'
import type { Said } from './said.ts'
import type { JudgeTask } from './task.ts'

/** An answer as read. With a value there is a verdict, if doubts are decided against the text that is judged. */
export type Read =
  | { readonly value: unknown; readonly problems: readonly Said[] }
  | { readonly problems: readonly [Said, ...Said[]] }

/** Reads an answer and holds it against the protocol of its task. */
export function readAnswer<Answer, Verdict>(
  task: JudgeTask<Answer, Verdict>,
  { text }: ChatAnswer,
): Read {
  let value: unknown
  try {
    value = JSON.parse(text, (_name, part: unknown) =>
      typeof part === 'string' ? cleanText(part) : part,
    )
  } catch {
    return { problems: [{ ko: 'JSON이 아닙니다.', en: 'It is no JSON.' }] }
  }
  const parsed = task.schema.safeParse(value)
  if (!parsed.success) return { problems: atLeastOne(parsed.error.issues.map(toProblem)) }
  const { breaches, doubts } = task.review(parsed.data)
  return breaches.length > 0
    ? { problems: atLeastOne([...breaches, ...doubts]) }
    : { value: parsed.data, problems: doubts }
}

function atLeastOne([first, ...others]: readonly Said[]): [Said, ...Said[]] {
  return [first ?? { ko: '형식이 다릅니다.', en: 'It has another shape.' }, ...others]
}

function toProblem({ path, message }: z.core.$ZodIssue): Said {
  const where = path.length === 0 ? 'JSON' : path.map(String).join('.')
  return { ko: `${where}: ${message}`, en: `${where}: ${message}` }
}

/** The first problems in a line. */
export function describe(problems: readonly Said[]): string {
  return problems
    .slice(0, 3)
    .map(({ en }) => en)
    .join(' ')
}
