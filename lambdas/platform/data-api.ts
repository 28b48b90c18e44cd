import {
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type Field,
  RDSDataClient,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data'
import { environmentVariable } from './environment.ts'

/** A value bound to `:name` in a statement. A bigint is sent as text: cast it in SQL (`:name::bigint`). */
export type SqlValue = string | number | bigint | boolean | null

/** One statement a call; named parameters; rows as objects. Sums beyond 2^53 must be cast to text in SQL. */
export interface Statements {
  query<Row>(sql: string, parameters?: Readonly<Record<string, SqlValue>>): Promise<Row[]>
}

/** A database reached by the RDS Data API as one role. */
export interface Database extends Statements {
  /** Runs the work in one transaction; an error rolls it back. */
  transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result>
}

/** The database did not wake within the time that the caller could wait. */
export class DatabaseNotReady extends Error {
  override readonly name = 'DatabaseNotReady'
}

/** Errors with which the Data API says that nothing was executed yet: the cluster is waking or failing over. */
const notReady = new Set(['DatabaseResumingException', 'DatabaseUnavailableException'])

/** How long between attempts while the cluster wakes, in milliseconds. */
const wakePause = 1_500

/**
 * A database that waits for a paused cluster.
 * @param secret name of the environment variable that holds the ARN of the role's secret
 * @param wakeLimit milliseconds for which a call waits for the cluster before `DatabaseNotReady`
 */
export function connectDatabase(secret: string, wakeLimit: number): Database {
  const client = new RDSDataClient({})
  const target = {
    resourceArn: environmentVariable('CLUSTER_ARN'),
    secretArn: environmentVariable(secret),
    database: environmentVariable('DATABASE_NAME'),
  }

  async function whenReady<Output>(send: () => Promise<Output>): Promise<Output> {
    const deadline = Date.now() + wakeLimit
    for (;;) {
      try {
        return await send()
      } catch (error) {
        if (!(error instanceof Error) || !notReady.has(error.name)) throw error
        if (Date.now() + wakePause > deadline) {
          throw new DatabaseNotReady(
            'The database is still waking up. Try again in half a minute.',
            {
              cause: error,
            },
          )
        }
        await new Promise((resolve) => setTimeout(resolve, wakePause))
      }
    }
  }

  function statements(transactionId?: string): Statements {
    return {
      async query<Row>(sql: string, parameters: Readonly<Record<string, SqlValue>> = {}) {
        const output = await whenReady(() =>
          client.send(
            new ExecuteStatementCommand({
              ...target,
              transactionId,
              sql,
              parameters: Object.entries(parameters).map(([name, value]) =>
                toParameter(name, value),
              ),
              // `formatRecordsAs: 'JSON'` would be shorter, but applies to SELECT alone: no RETURNING.
              includeResultMetadata: true,
            }),
          ),
        )
        const names =
          output.columnMetadata?.map((column) => column.label ?? column.name ?? '') ?? []
        return (output.records ?? []).map(
          (record) =>
            Object.fromEntries(
              record.map((field, column) => [names[column], fromField(field)]),
            ) as Row,
        )
      },
    }
  }

  return {
    ...statements(),
    async transaction(work) {
      const { transactionId } = await whenReady(() =>
        client.send(new BeginTransactionCommand(target)),
      )
      const { resourceArn, secretArn } = target
      try {
        const result = await work(statements(transactionId))
        await client.send(new CommitTransactionCommand({ resourceArn, secretArn, transactionId }))
        return result
      } catch (error) {
        // What counts is the first error; the Data API ends a transaction that was not rolled back by itself.
        await client
          .send(new RollbackTransactionCommand({ resourceArn, secretArn, transactionId }))
          .catch(() => undefined)
        throw error
      }
    },
  }
}

function toParameter(name: string, value: SqlValue): SqlParameter {
  if (value === null) return { name, value: { isNull: true } }
  switch (typeof value) {
    case 'boolean':
      return { name, value: { booleanValue: value } }
    case 'number':
      return Number.isSafeInteger(value)
        ? { name, value: { longValue: value } }
        : { name, value: { doubleValue: value } }
    default:
      return { name, value: { stringValue: String(value) } }
  }
}

function fromField(field: Field): unknown {
  if (field.isNull) return null
  return (
    field.stringValue ??
    field.longValue ??
    field.booleanValue ??
    field.doubleValue ??
    field.blobValue
  )
}
