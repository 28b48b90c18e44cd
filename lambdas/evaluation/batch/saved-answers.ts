import { type Artifacts, toJsonLines } from '../../platform/artifacts.ts'
import { type AnsweredRow, answeredRow } from '../row.ts'
import { parseJsonLines } from './json-lines.ts'

/** Answers that were had so far, kept where the next attempt at the batch finds them. */
export interface SavedAnswers {
  get(rowId: string): AnsweredRow | undefined
  add(row: AnsweredRow): void
  /** Writes all of them, if any were added since the last time. */
  save(): Promise<void>
}

/** Reads the answers that an earlier attempt saved under a key. */
export async function openSavedAnswers(artifacts: Artifacts, key: string): Promise<SavedAnswers> {
  const bytes = await artifacts.read(key)
  const saved =
    bytes === undefined ? [] : parseJsonLines(new TextDecoder().decode(bytes), answeredRow)
  const byId = new Map(saved.map((row) => [row.id, row]))
  let written = byId.size
  let writing = Promise.resolve()

  async function write(): Promise<void> {
    const rows = [...byId.values()]
    if (rows.length === written) return
    await artifacts.write(key, toJsonLines(rows), 'application/jsonl')
    written = rows.length
  }

  return {
    get: (rowId) => byId.get(rowId),
    add: (row) => {
      byId.set(row.id, row)
    },
    save: async () => {
      // One after the other, so that an older list never replaces a newer one; a failure is not the next one's.
      writing = writing.catch(() => undefined).then(write)
      await writing
    },
  }
}
