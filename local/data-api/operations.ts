import type pg from 'pg'
import { bind, type BoundStatement } from './binding.ts'
import type { Connections, Login } from './connections.ts'
import { DataApiError, isUnavailable, toDataApiError } from './errors.ts'
import { type Column, columnMetadata, toField, toJson } from './fields.ts'
import { checkSqlLength, type Limits } from './limits.ts'
import type { ResultTypes } from './result-types.ts'
import { cancelStatement, changedRows, runCommand, runStatement } from './statement.ts'
import type { StatementResult } from './statement.ts'
import type { Transactions } from './transactions.ts'
import type { DataApiRequest } from './wire.ts'

/** Role and password of the secret that a call names. */
export type Credentials = Omit<Login, 'database'>

const DEFAULT_DATABASE = 'postgres'

/** The five operations of the RDS Data API. */
export class Operations {
  readonly #connections: Connections
  readonly #transactions: Transactions
  readonly #types: ResultTypes
  readonly #limits: Limits

  constructor(
    connections: Connections,
    transactions: Transactions,
    types: ResultTypes,
    limits: Limits,
  ) {
    this.#connections = connections
    this.#transactions = transactions
    this.#types = types
    this.#limits = limits
  }

  async execute(request: DataApiRequest, credentials: Credentials): Promise<unknown> {
    const sql = this.#checkSql(request)
    if (request.continueAfterTimeout && request.transactionId) {
      throw new DataApiError(
        'BadRequestException',
        'continueAfterTimeout is not supported for a statement in a transaction.',
      )
    }
    const statement = bind(sql, request.parameters)
    return this.#onConnection(request, credentials, async (client, login, lease) => {
      const result = await this.#runTimed(client, statement, lease, request.continueAfterTimeout)
      if (result.tooLarge) throw result.tooLarge
      const types = await this.#types.resolve(
        client,
        login.database,
        result.columns.map((column) => column.oid),
      )
      const columns = result.columns.map((column, index): Column => ({
        ...column,
        type: types[index] as Column['type'],
      }))
      return response(request, result, columns)
    })
  }

  async batchExecute(request: DataApiRequest, credentials: Credentials): Promise<unknown> {
    const sql = this.#checkSql(request)
    const statements = (request.parameterSets ?? []).map((parameters) => bind(sql, parameters))
    // Without a parameter set there is nothing to run.
    if (statements.length === 0) return { updateResults: [] }
    return this.#onConnection(request, credentials, async (client, _login, lease) => {
      const alone = request.transactionId === undefined
      if (alone) await runCommand(client, 'BEGIN', this.#limits)
      const deadline = Date.now() + this.#limits.statementMs
      for (const statement of statements) {
        const left = deadline - Date.now()
        const result = await this.#runTimed(client, statement, lease, false, left)
        if (/^(SELECT|SHOW|EXPLAIN)/.test(result.tag)) {
          throw new DataApiError(
            'BadRequestException',
            'Statements that only return rows cannot run in a batch; use ExecuteStatement.',
          )
        }
      }
      if (alone) await runCommand(client, 'COMMIT', this.#limits)
      // For PostgreSQL the generated fields are always empty.
      return { updateResults: statements.map(() => ({ generatedFields: [] })) }
    })
  }

  async beginTransaction(request: DataApiRequest, credentials: Credentials): Promise<unknown> {
    this.#checkSchema(request)
    const database = request.database ?? DEFAULT_DATABASE
    return { transactionId: await this.#transactions.begin({ ...credentials, database }) }
  }

  async commitTransaction(request: DataApiRequest, credentials: Credentials): Promise<unknown> {
    await this.#transactions.commit(requireTransactionId(request), credentials)
    return { transactionStatus: 'Transaction Committed' }
  }

  async rollbackTransaction(request: DataApiRequest, credentials: Credentials): Promise<unknown> {
    await this.#transactions.rollback(requireTransactionId(request), credentials)
    return { transactionStatus: 'Rollback Complete' }
  }

  #checkSql(request: DataApiRequest): string {
    this.#checkSchema(request)
    if (typeof request.sql !== 'string') {
      throw new DataApiError(
        'ValidationException',
        "Value null at 'sql' failed to satisfy constraint",
      )
    }
    checkSqlLength(request.sql, this.#limits)
    return request.sql
  }

  #checkSchema(request: DataApiRequest): void {
    if (request.schema !== undefined && request.schema !== null) {
      throw new DataApiError('ValidationException', "The schema parameter isn't supported")
    }
  }

  async #onConnection(
    request: DataApiRequest,
    credentials: Credentials,
    work: (client: pg.PoolClient, login: Login, lease: Lease) => Promise<unknown>,
  ): Promise<unknown> {
    const { transactionId, database } = request
    if (transactionId !== undefined && transactionId !== null) {
      const login = database === undefined ? credentials : { ...credentials, database }
      return this.#transactions.use(transactionId, login, async (client, own) => {
        try {
          return await work(client, own, {})
        } catch (error) {
          // A statement that was stopped, or a connection that broke, takes its transaction along.
          const { name } = toDataApiError(error)
          if (isUnavailable(error) || name === 'StatementTimeoutException') {
            this.#transactions.abort(transactionId)
          }
          throw error
        }
      })
    }
    const login = { ...credentials, database: database ?? DEFAULT_DATABASE }
    const client = await this.#connections.acquire(login)
    const lease: Lease = {}
    try {
      return await work(client, login, lease)
    } finally {
      // A statement that outlives its call keeps the connection until it ends.
      const ended = lease.outliving ?? Promise.resolve()
      void ended.then(() => this.#connections.release(client))
    }
  }

  async #runTimed(
    client: pg.PoolClient,
    statement: BoundStatement,
    lease: Lease,
    continueAfterTimeout = false,
    milliseconds = this.#limits.statementMs,
  ): Promise<StatementResult> {
    const running = runStatement(client, statement, this.#limits)
    let timer: NodeJS.Timeout | undefined
    const timeout = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => {
          lease.outliving = running.then(
            () => {},
            () => {},
          )
          if (!continueAfterTimeout) cancelStatement(client, this.#connections.port)
          reject(new DataApiError('StatementTimeoutException', 'Request timed out'))
        },
        Math.max(0, milliseconds),
      )
    })
    try {
      return await Promise.race([running, timeout])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** How a call holds its connection. */
interface Lease {
  /** Settles when the statement that outlives its call has ended. */
  outliving?: Promise<void>
}

function response(
  request: DataApiRequest,
  result: StatementResult,
  columns: readonly Column[],
): Record<string, unknown> {
  const options = request.resultSetOptions
  const body: Record<string, unknown> = {
    generatedFields: [],
    numberOfRecordsUpdated: columns.length > 0 ? 0 : changedRows(result.tag),
  }
  if (columns.length === 0) return body
  // AWS ignores the format for anything but a SELECT, `INSERT … RETURNING` for example.
  if (request.formatRecordsAs === 'JSON' && result.tag.startsWith('SELECT ')) {
    const names = new Set(columns.map((column) => column.name))
    if (names.size < columns.length) {
      throw new DataApiError(
        'UnsupportedResultException',
        'The result contains columns of the same name, which formatRecordsAs JSON cannot tell apart.',
      )
    }
    body.formattedRecords = JSON.stringify(
      result.rows.map((row) =>
        Object.fromEntries(
          columns.map(({ name, type }, index) => [name, toJson(row[index] ?? null, type, options)]),
        ),
      ),
    )
    return body
  }
  body.records = result.rows.map((row) =>
    columns.map(({ type }, index) => toField(row[index] ?? null, type, options)),
  )
  if (request.includeResultMetadata) body.columnMetadata = columns.map(columnMetadata)
  return body
}

function requireTransactionId(request: DataApiRequest): string {
  if (typeof request.transactionId !== 'string' || request.transactionId === '') {
    throw new DataApiError(
      'ValidationException',
      "1 validation error detected: Value null at 'transactionId' failed to satisfy constraint: " +
        'Member must not be null',
    )
  }
  return request.transactionId
}
