/** Names of the exceptions in the RDS Data API's service model, with the HTTP status of each. */
const STATUS = {
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseResumingException: 400,
  DatabaseUnavailableException: 504,
  ForbiddenException: 403,
  InternalServerErrorException: 500,
  StatementTimeoutException: 400,
  TransactionNotFoundException: 404,
  UnsupportedResultException: 400,
  ValidationException: 400,
} as const

export type DataApiErrorName = keyof typeof STATUS

/** An error as a caller of the RDS Data API sees it; `server.ts` turns it into a response. */
export class DataApiError extends Error {
  override readonly name: DataApiErrorName
  readonly status: number

  constructor(name: DataApiErrorName, message: string) {
    super(message)
    this.name = name
    this.status = STATUS[name]
  }
}

/** The fields of a Postgres error message that the Data API passes on. */
export interface PostgresError {
  readonly severity?: string | undefined
  readonly message: string
  readonly code?: string | undefined
  readonly detail?: string | undefined
  readonly hint?: string | undefined
  readonly position?: string | undefined
}

// Classes and codes that mean "the server went away", not "the statement is wrong".
const UNAVAILABLE = /^(08...|57P0[1-5])$/
const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOENT'])
const LOST = /^Connection terminated|^timeout exceeded when trying to connect|not queryable/

/** Whether an error of the driver or of Postgres says that the database cannot be reached. */
export function isUnavailable(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  return UNAVAILABLE.test(code) || NETWORK.has(code) || LOST.test(message)
}

/**
 * Text of a Postgres error as the Data API reports it, such as
 * `ERROR: operator does not exist: uuid = text; Hint: …; Position: 54; SQLState: 42883`.
 */
function databaseErrorMessage(error: PostgresError): string {
  const parts = [`${error.severity ?? 'ERROR'}: ${error.message}`]
  if (error.detail) parts.push(`Detail: ${error.detail}`)
  if (error.hint) parts.push(`Hint: ${error.hint}`)
  if (error.position) parts.push(`Position: ${error.position}`)
  if (error.code) parts.push(`SQLState: ${error.code}`)
  return parts.join('; ')
}

/** Maps whatever the driver threw to an error of the Data API. */
export function toDataApiError(error: unknown): DataApiError {
  if (error instanceof DataApiError) return error
  if (isUnavailable(error)) {
    return new DataApiError(
      'DatabaseUnavailableException',
      "The writer instance in the DB cluster isn't available.",
    )
  }
  const postgres = error as PostgresError
  if (typeof postgres?.code === 'string' && /^[0-9A-Z]{5}$/.test(postgres.code)) {
    // The lexer finds two statements before they are sent; this is for what only Postgres can tell.
    if (postgres.message === 'cannot insert multiple commands into a prepared statement') {
      return multistatement()
    }
    return new DataApiError('DatabaseErrorException', databaseErrorMessage(postgres))
  }
  return new DataApiError(
    'InternalServerErrorException',
    error instanceof Error ? error.message : String(error),
  )
}

/** AWS's error for a text that holds more than one statement. */
export function multistatement(): DataApiError {
  return new DataApiError('ValidationException', "Multistatements aren't supported.")
}
