import type pg from 'pg'

/** What `pg` has of the copy protocol and its types leave out. */
interface CopyConnection {
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

/** One COPY from memory into a table, as a query of `pg`. */
class CopyFrom {
  readonly done: Promise<void>
  readonly #statement: string
  readonly #rows: Buffer
  #resolve: () => void = () => undefined
  #reject: (error: Error) => void = () => undefined
  #failed = false

  constructor(statement: string, rows: Buffer) {
    this.#statement = statement
    this.#rows = rows
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit(connection: CopyConnection): void {
    connection.query(this.#statement)
  }

  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.#rows)
    connection.endCopyFrom()
  }

  handleError(error: Error): void {
    this.#failed = true
    this.#reject(error)
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (!this.#failed) this.#resolve()
  }
}

/** Writes rows in COPY's text format into a table. */
export async function copyInto(
  client: pg.Client,
  table: string,
  columns: readonly string[],
  rows: string,
): Promise<void> {
  const copy = new CopyFrom(`copy ${table} (${columns.join(', ')}) from stdin`, Buffer.from(rows))
  client.query(copy as unknown as pg.Submittable)
  await copy.done
}

/** A value in COPY's text format. */
export function copyText(value: string | number | bigint | boolean | null | undefined): string {
  if (value === null || value === undefined) return '\\N'
  return String(value)
    .replaceAll('\\', '\\\\')
    .replaceAll('\t', '\\t')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
}
