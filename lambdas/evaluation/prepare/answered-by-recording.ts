import * as z from 'zod'
import { describeSubject, type Subject } from '../../domain/subject.ts'
import { type AnsweredRow, answeredRow, type DatasetRow } from '../row.ts'
import { fitRow, idOf } from '../../platform/datasets/fit-row.ts'
import { readJsonLines } from '../../platform/datasets/read-json-lines.ts'
import type { Rejection } from '../../platform/datasets/rejection.ts'

/** What an application recorded for a row. Questions and labels in it are of no account. */
const recordedRow = z.object({
  id: answeredRow.shape.id,
  outputs: z.json(),
  contexts: answeredRow.shape.contexts,
  version: z
    .object({
      kind: z.enum(['model-version', 'prompt-version']),
      name: z.string(),
      version: z.union([z.string(), z.int()]).transform(String),
    })
    .optional(),
  traceId: z.string().min(1).max(100).optional(),
  milliseconds: z.number().min(0).optional(),
})

type RecordedRow = z.output<typeof recordedRow>

/**
 * Joins recorded outputs to the rows of a dataset by id. Outputs and contexts are those recorded; all else, labels above
 * all, is the dataset's. A row without a usable recording, or with one of another version than is judged, has the
 * reason as its failure.
 * @returns a row for each row of the dataset, and the lines of the recording that belong to none
 */
export function answeredByRecording(
  rows: readonly DatasetRow[],
  recording: { readonly key: string; readonly bytes: Uint8Array },
  subject: Subject,
): { readonly rows: AnsweredRow[]; readonly rejected: Rejection[] } {
  const known = new Set(rows.map(({ id }) => id))
  const rejected: Rejection[] = []
  const recorded = new Map<string, { readonly line: number; readonly row: RecordedRow }>()
  const unusable = new Map<string, Rejection>()
  const reject = (rejection: Rejection) => {
    rejected.push({ ...rejection, reason: `(${recording.key}) ${rejection.reason}` })
    if (rejection.id !== undefined) unusable.set(rejection.id, rejection)
  }
  for (const { line, value } of readJsonLines(recording.bytes, reject)) {
    const fit = fitRow(recordedRow, value)
    if ('reason' in fit) {
      reject({ line, ...idOf(value), reason: fit.reason })
      continue
    }
    const { row } = fit
    const before = recorded.get(row.id)
    if (!known.has(row.id)) {
      reject({ line, id: row.id, reason: 'has an id that the dataset does not have' })
    } else if (before === undefined) {
      recorded.set(row.id, { line, row })
    } else {
      reject({
        line,
        id: row.id,
        reason: `has the id of line ${before.line}; the first one counts`,
      })
    }
  }
  return {
    rejected,
    rows: rows.map(({ id, inputs, expectations }) => {
      const found = recorded.get(id)?.row
      const failure =
        found === undefined
          ? reasonOfAbsence(recording.key, unusable.get(id))
          : versionMismatch(found.version, subject)
      return {
        id,
        inputs,
        ...(found !== undefined &&
          failure === null && {
            outputs: found.outputs,
            ...(found.contexts !== undefined && { contexts: found.contexts }),
          }),
        ...(expectations !== undefined && { expectations }),
        traceId: found?.traceId ?? null,
        milliseconds: failure === null ? (found?.milliseconds ?? null) : null,
        failure,
      }
    }),
  }
}

function reasonOfAbsence(key: string, unusable: Rejection | undefined): string {
  return unusable === undefined
    ? `${key} has no row with this id.`
    : `Line ${unusable.line} of ${key} ${unusable.reason}.`
}

function versionMismatch(version: RecordedRow['version'], subject: Subject): string | null {
  if (subject.kind === 'application') return null
  if (version === undefined) {
    return `The recorded row does not say which version made it; ${describeSubject(subject)} is judged.`
  }
  const made = describeSubject(version)
  return made === describeSubject(subject)
    ? null
    : `The recorded row was made by ${made}; ${describeSubject(subject)} is judged.`
}
