import * as z from 'zod'
import { describeSubject, type Subject } from '../../domain/subject.ts'
import { answeredRow, type DatasetRow } from '../row.ts'

/** The version that an application says it used, as far as it can be read. */
const echo = z.object({
  kind: z.string(),
  name: z.string().optional(),
  version: z.union([z.string(), z.number()]).transform(String).optional(),
})

type Echo = z.infer<typeof echo>

/** What an application answers to a row; `docs/evaluation.md` describes it. Python writes what is absent as null. */
const endpointAnswer = z.object({
  outputs: z.json().refine((outputs) => outputs !== null, 'is missing'),
  contexts: answeredRow.shape.contexts.unwrap().nullish(),
  /** What it answered with; needed where a version is evaluated. */
  subject: echo.nullish().catch(null),
  traceId: z.string().min(1).max(200).nullish(),
})

/** A usable answer. */
export type EndpointAnswer = z.infer<typeof endpointAnswer>

/** The body of a request for one row. Labels stay here. */
export function requestBody(row: DatasetRow, subject: Subject, evaluationId: string): string {
  return JSON.stringify({
    inputs: row.inputs,
    subject,
    evaluation: { id: evaluationId, row: row.id },
  })
}

/**
 * Reads an answer, or says in a sentence why it is none. Where a version is evaluated, an answer that does not say that
 * it was made by that version is evidence for nothing.
 */
export function readAnswer(
  bytes: Uint8Array,
  subject: Subject,
): { readonly answer: EndpointAnswer } | { readonly problem: string } {
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    const text = excerpt(new TextDecoder().decode(bytes))
    return { problem: `The application's answer is no JSON in UTF-8: ${text}.` }
  }
  const { data: answer, error } = endpointAnswer.safeParse(json)
  if (error !== undefined) {
    const [issue] = error.issues
    const where = issue?.path.join('.') || 'the answer'
    return { problem: `The application's answer does not fit: ${where}: ${issue?.message ?? ''}.` }
  }
  const problem = echoProblem(answer.subject, subject)
  return problem === undefined ? { answer } : { problem }
}

/** A little of a text, for a reason that people read. */
export function excerpt(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ').trim()
  return plain === '' ? 'it is empty' : `"${plain.slice(0, 200)}${plain.length > 200 ? '…' : ''}"`
}

function echoProblem(said: Echo | null | undefined, subject: Subject): string | undefined {
  if (subject.kind === 'application') return undefined
  const asked = describeSubject(subject)
  if (said === null || said === undefined) {
    return `The application does not say that it answered with ${asked}.`
  }
  const { kind, name, version } = said
  if (kind === subject.kind && name === subject.name && version === subject.version) {
    return undefined
  }
  const used = [kind, name, version && `version ${version}`].filter(Boolean).join(' ')
  return `The application says that it answered with ${used}, not with ${asked}.`
}
