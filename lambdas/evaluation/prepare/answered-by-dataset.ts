import type { AnsweredRow, DatasetRow } from '../row.ts'

/** Rows of a dataset that hold what is judged. Cases of an event log have no outputs: the log itself is judged. */
export function answeredByDataset(rows: readonly DatasetRow[], isEventLog: boolean): AnsweredRow[] {
  return rows.map((row) => ({
    ...row,
    traceId: null,
    milliseconds: null,
    failure:
      isEventLog || row.outputs !== undefined
        ? null
        : 'The row holds no outputs: add them, or use another source.',
  }))
}

/** Rows that the application is to be asked about. Answers that are in the dataset are none of the application's. */
export function toBeAsked(rows: readonly DatasetRow[]): DatasetRow[] {
  return rows.map(({ id, inputs, expectations }) => ({
    id,
    inputs,
    ...(expectations !== undefined && { expectations }),
  }))
}
