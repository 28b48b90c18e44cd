import { DataApiError } from './errors.ts'

/** What the service allows; each can be lowered by a test. Sources are in README.md. */
export interface Limits {
  /** Characters of a statement. */
  readonly sqlCharacters: number
  /** Bytes of a request with its headers. */
  readonly requestBytes: number
  /** Bytes of one row as the database returns it. */
  readonly rowBytes: number
  /** Bytes of a result set as the database returns it, and of the response made from it. */
  readonly responseBytes: number
  /** Milliseconds for which a call waits for its statement. */
  readonly statementMs: number
  /** Milliseconds between two calls of a transaction. */
  readonly transactionIdleMs: number
  /** Milliseconds for which a transaction may live. */
  readonly transactionLifeMs: number
}

export const AWS_LIMITS: Limits = {
  sqlCharacters: 65_536,
  requestBytes: 4 * 1024 * 1024,
  rowBytes: 64 * 1024,
  responseBytes: 1024 * 1024,
  statementMs: 45_000,
  transactionIdleMs: 3 * 60_000,
  transactionLifeMs: 24 * 3_600_000,
}

/** Throws AWS's validation error when the text is longer than the service model allows. */
export function checkSqlLength(sql: string, limits: Limits): void {
  if (sql.length <= limits.sqlCharacters) return
  throw new DataApiError(
    'ValidationException',
    "1 validation error detected: Value at 'sql' failed to satisfy constraint: " +
      `Member must have length less than or equal to ${limits.sqlCharacters}`,
  )
}

/** Error for a row above the limit. */
function rowTooLarge(bytes: number, limits: Limits): DataApiError {
  return new DataApiError(
    'UnsupportedResultException',
    `Packet for query is too large (${bytes} > ${limits.rowBytes}).`,
  )
}

/** Error for a result above the limit; callers look for either half of the message. */
export function responseTooLarge(limits: Limits): DataApiError {
  return new DataApiError(
    'UnsupportedResultException',
    'Database returned more than the allowed response size limit. ' +
      `The result exceeds the size limit ${Math.round(limits.responseBytes / 1024 / 1024)} MB.`,
  )
}

/** Counts a result set while it arrives, so that rows above a limit need not be kept. */
export class ResultMeter {
  #bytes = 0
  #error: DataApiError | undefined
  readonly #limits: Limits

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Adds a row by the length of its message on the wire; false when it must not be kept. */
  accept(messageBytes: number, columns: number): boolean {
    // The message holds its length, the number of columns and a length per column besides the data.
    const rowBytes = messageBytes - 6 - 4 * columns
    this.#bytes += messageBytes - 4
    if (rowBytes > this.#limits.rowBytes) this.#error ??= rowTooLarge(rowBytes, this.#limits)
    if (this.#bytes > this.#limits.responseBytes) this.#error ??= responseTooLarge(this.#limits)
    return this.#error === undefined
  }

  get error(): DataApiError | undefined {
    return this.#error
  }
}
