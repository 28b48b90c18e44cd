import { type DatasetRow, datasetRow } from '../../domain/dataset-row.ts'
import { fitRow, idOf } from './fit-row.ts'
import { describeRejections, type Rejection } from './rejection.ts'
import { UnusableInput } from './unusable-input.ts'

/** Something that may be a row, and where it stands. */
export interface Candidate {
  readonly line: number | null
  readonly value: unknown
}

/** The rows among candidates, in their order; of those with one id the first. Reports all others to `reject`. */
export function collectRows(
  candidates: Iterable<Candidate>,
  reject: (rejection: Rejection) => void,
): DatasetRow[] {
  const rows = new Map<string, DatasetRow>()
  const lines = new Map<string, number | null>()
  for (const { line, value } of candidates) {
    const fit = fitRow(datasetRow, value)
    if ('reason' in fit) {
      reject({ line, ...idOf(value), reason: fit.reason })
      continue
    }
    const { row } = fit
    if (rows.has(row.id)) {
      const before = lines.get(row.id) ?? null
      const reason = `has the id of ${before === null ? 'another record' : `line ${before}`}; the first one counts`
      reject({ line, id: row.id, reason })
      continue
    }
    lines.set(row.id, line)
    rows.set(row.id, row)
  }
  return [...rows.values()]
}

/** @throws UnusableInput when there is no row, with what was wrong with those that are none */
export function requireRows(
  what: string,
  rows: readonly unknown[],
  rejected: readonly Rejection[],
  advice: string,
): void {
  if (rows.length > 0) return
  throw new UnusableInput(
    rejected.length === 0
      ? `The ${what} has no rows. ${advice}`
      : `The ${what} has no row that can be used: ${describeRejections(rejected)}. ${advice}`,
  )
}
