import type { AnsweredRow } from '../row.ts'
import { outputsOf, questionOf } from './read-answer.ts'
import { contextsOf } from './read-contexts.ts'
import { readSpans, type StoredSpan } from './span-content.ts'

/** A trace with its spans, as MLflow answers with it. */
export interface StoredTrace {
  readonly trace_info: { readonly trace_id: string; readonly execution_duration?: string }
  readonly spans?: readonly StoredSpan[]
}

/** A trace as a row: question and answer of its root span, and what its retrievers found. */
export function readTrace({ trace_info: info, spans = [] }: StoredTrace): AnsweredRow {
  const contents = readSpans(spans)
  const root = contents.find(({ isRoot }) => isRoot)
  if (root === undefined) return failedTrace(info.trace_id, 'The trace has no root span.')
  const question = questionOf(root.inputs)
  const outputs = outputsOf(root.outputs)
  const contexts = contextsOf(contents)
  return {
    id: info.trace_id,
    inputs: question === undefined ? {} : { question },
    ...(outputs !== undefined && { outputs }),
    ...(contexts !== undefined && { contexts }),
    traceId: info.trace_id,
    milliseconds: toMilliseconds(info.execution_duration),
    failure: outputs === undefined ? 'The root span of the trace holds no outputs.' : null,
  }
}

/** A trace of which there is nothing to judge. */
export function failedTrace(traceId: string, reason: string): AnsweredRow {
  return { id: traceId, inputs: {}, traceId, milliseconds: null, failure: reason }
}

/** A duration of protobuf, such as `0.002s`. */
function toMilliseconds(duration: string | undefined): number | null {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(duration ?? '')?.[1]
  return seconds === undefined ? null : Math.round(Number(seconds) * 1e6) / 1e3
}
