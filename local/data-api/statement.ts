import { createConnection } from 'node:net'
import type pg from 'pg'
import type { BoundStatement } from './binding.ts'
import { DataApiError } from './errors.ts'
import { type Limits, ResultMeter } from './limits.ts'

/** A column as Postgres describes it. */
export interface DescribedColumn {
  readonly name: string
  readonly oid: number
  readonly modifier: number
  readonly tableId: number
}

/** What a statement gave back, in Postgres' text form. */
export interface StatementResult {
  /** Empty for a statement that returns no rows. */
  readonly columns: readonly DescribedColumn[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** Postgres' command tag, such as `INSERT 0 3`. */
  readonly tag: string
  /** Set when a limit was passed: the statement ran, but its rows were dropped. */
  readonly tooLarge?: DataApiError | undefined
}

// The part of pg's connection that speaks the extended protocol; it has no typings.
interface Wire {
  parse(message: { name: string; text: string; types: readonly number[] }): void
  bind(message: {
    portal: string
    statement: string
    values: readonly unknown[]
    binary: boolean
    valueMapper: (value: unknown) => unknown
  }): void
  describe(message: { type: 'P'; name: string }): void
  execute(message: { portal: string; rows: number }): void
  sync(): void
  sendCopyFail(message: string): void
}

interface WireField {
  readonly name: string
  readonly dataTypeID: number
  readonly dataTypeModifier: number
  readonly tableID: number
}

/**
 * Sends one statement by the extended protocol with the types of its values declared, which `pg`
 * itself cannot do. Rows above the limits are counted, not kept.
 */
class TypedStatement {
  readonly #bound: BoundStatement
  readonly #meter: ResultMeter
  readonly #resolve: (result: StatementResult) => void
  readonly #reject: (error: unknown) => void
  #columns: DescribedColumn[] = []
  #rows: (string | null)[][] = []
  #tag = ''
  #failure: unknown

  constructor(
    bound: BoundStatement,
    limits: Limits,
    resolve: (result: StatementResult) => void,
    reject: (error: unknown) => void,
  ) {
    this.#bound = bound
    this.#meter = new ResultMeter(limits)
    this.#resolve = resolve
    this.#reject = reject
  }

  submit(connection: unknown): void {
    const wire = connection as Wire
    wire.parse({ name: '', text: this.#bound.text, types: this.#bound.oids })
    wire.bind({
      portal: '',
      statement: '',
      values: this.#bound.values,
      binary: false,
      valueMapper: (value) => value,
    })
    wire.describe({ type: 'P', name: '' })
    wire.execute({ portal: '', rows: 0 })
    wire.sync()
  }

  handleRowDescription(message: { readonly fields: readonly WireField[] }): void {
    this.#columns = message.fields.map((field) => ({
      name: field.name,
      oid: field.dataTypeID,
      modifier: field.dataTypeModifier,
      tableId: field.tableID,
    }))
  }

  handleDataRow(message: { readonly length: number; readonly fields: (string | null)[] }): void {
    if (this.#meter.accept(message.length, message.fields.length)) this.#rows.push(message.fields)
    else this.#rows = []
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#tag = message.text
    if (message.text.startsWith('COPY ')) {
      this.#failure = new DataApiError('BadRequestException', 'COPY is not supported.')
    }
  }

  handleEmptyQuery(): void {}

  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: unknown): void {
    const wire = connection as Wire
    this.#failure = new DataApiError('BadRequestException', 'COPY is not supported.')
    wire.sendCopyFail('COPY is not supported by the Data API')
  }

  handleCopyData(): void {}

  handleError(error: unknown): void {
    this.#reject(this.#failure ?? error)
  }

  handleReadyForQuery(): void {
    if (this.#failure) this.#reject(this.#failure)
    else {
      this.#resolve({
        columns: this.#columns,
        rows: this.#rows,
        tag: this.#tag,
        tooLarge: this.#meter.error,
      })
    }
  }
}

/** Runs a statement on a connection; fails with whatever Postgres or the connection says. */
export function runStatement(
  client: pg.ClientBase,
  bound: BoundStatement,
  limits: Limits,
): Promise<StatementResult> {
  return new Promise((resolve, reject) => {
    client.query(new TypedStatement(bound, limits, resolve, reject) as unknown as pg.Submittable)
  })
}

/** Runs a statement without parameters; resolves to its command tag. */
export async function runCommand(
  client: pg.ClientBase,
  text: string,
  limits: Limits,
): Promise<string> {
  return (await runStatement(client, { text, values: [], oids: [] }, limits)).tag
}

/** Asks the server to stop what a connection is doing, by the protocol's cancel request. */
export function cancelStatement(client: pg.ClientBase, port: number): void {
  const { processID, secretKey } = client as unknown as { processID: number; secretKey: number }
  const message = Buffer.alloc(16)
  message.writeInt32BE(16, 0)
  message.writeInt32BE(80_877_102, 4)
  message.writeInt32BE(processID, 8)
  message.writeInt32BE(secretKey, 12)
  const socket = createConnection(port, '127.0.0.1', () => socket.end(message))
  // The server may be gone, and then so is the statement.
  socket.on('error', () => socket.destroy())
}

/** Rows that a command tag says were changed: `INSERT 0 3` is 3, `CREATE TABLE` is 0. */
export function changedRows(tag: string): number {
  return /^(INSERT|UPDATE|DELETE|MERGE|COPY)\b/.test(tag) ? Number(/\d+$/.exec(tag)?.[0] ?? 0) : 0
}
