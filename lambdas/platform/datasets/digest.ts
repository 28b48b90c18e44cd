import { createHash } from 'node:crypto'
import type { DatasetRow } from '../../domain/dataset-row.ts'
import { canonicalJson } from '../../domain/canonical-json.ts'

/**
 * SHA-256, in hex, of what a dataset asks and of its labels: id, inputs and expectations of its rows in the order of
 * their ids. What was answered is not part of it, so that the answers of two versions to the same rows can be compared.
 */
export function digestOfRows(rows: readonly DatasetRow[]): string {
  return digestOfEach(rows, ({ id, inputs, expectations }) => [id, inputs, expectations ?? {}])
}

/** SHA-256, in hex, of the answers that rows hold, in the order of the rows' ids. */
export function digestOfOutputs(rows: readonly DatasetRow[]): string {
  return digestOfEach(rows, ({ id, outputs, contexts }) => [id, outputs ?? null, contexts ?? null])
}

/** SHA-256, in hex, of files: of the list of their own digests, so that bytes cannot move from one to the next. */
export function digestOfFiles(files: readonly Uint8Array[]): string {
  const digests = files.map((bytes) => createHash('sha256').update(bytes).digest('hex'))
  return createHash('sha256').update(digests.join('\n')).digest('hex')
}

/** One line of canonical JSON a row, made one at a time: together they would be as large as the dataset. */
function digestOfEach(rows: readonly DatasetRow[], part: (row: DatasetRow) => unknown): string {
  const hash = createHash('sha256')
  for (const row of rows.toSorted((left, right) => (left.id < right.id ? -1 : 1))) {
    hash.update(canonicalJson(part(row))).update('\n')
  }
  return hash.digest('hex')
}
