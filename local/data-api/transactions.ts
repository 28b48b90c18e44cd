import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { Connections, Login } from './connections.ts'
import { DataApiError } from './errors.ts'
import type { Limits } from './limits.ts'
import { runCommand } from './statement.ts'

const EXPIRED = 'Transaction may be expired.'
const ENDED = 'One previous call resulted in a termination of your transaction.'
const ABORTED = 'Transaction has been aborted due to an error from a previous call.'
// Reasons are kept for so many transactions; older ids read as expired.
const REMEMBERED = 1000

interface Transaction {
  readonly id: string
  readonly client: pg.PoolClient
  readonly login: Login
  readonly startedAt: number
  busy: boolean
  timer: NodeJS.Timeout | undefined
  readonly onLost: () => void
}

/** The open transactions: each holds a connection until it is committed, rolled back or too old. */
export class Transactions {
  readonly #connections: Connections
  readonly #limits: Limits
  readonly #open = new Map<string, Transaction>()
  readonly #reasons = new Map<string, string>()

  constructor(connections: Connections, limits: Limits) {
    this.#connections = connections
    this.#limits = limits
  }

  /** Starts a transaction; resolves to its id. */
  async begin(login: Login): Promise<string> {
    const client = await this.#connections.acquire(login)
    try {
      await runCommand(client, 'BEGIN', this.#limits)
    } catch (error) {
      this.#connections.destroy(client)
      throw error
    }
    const id = randomBytes(96).toString('base64')
    const transaction: Transaction = {
      id,
      client,
      login,
      startedAt: Date.now(),
      busy: false,
      timer: undefined,
      onLost: () => this.abort(id),
    }
    client.once('error', transaction.onLost)
    client.once('end', transaction.onLost)
    this.#open.set(id, transaction)
    this.#watch(transaction)
    return id
  }

  /**
   * Runs work on a transaction's connection. Only one call may do so at a time, and only with the
   * secret and database that the transaction was begun with.
   */
  async use<T>(
    id: string,
    login: Login | Omit<Login, 'database'>,
    work: (client: pg.PoolClient, login: Login) => Promise<T>,
  ): Promise<T> {
    const transaction = this.#find(id, login)
    transaction.busy = true
    clearTimeout(transaction.timer)
    try {
      return await work(transaction.client, transaction.login)
    } finally {
      transaction.busy = false
      if (this.#open.get(id) === transaction) this.#watch(transaction)
    }
  }

  /** Commits; fails when Postgres rolled back instead, which it does after a failed statement. */
  async commit(id: string, login: Omit<Login, 'database'>): Promise<void> {
    const transaction = this.#find(id, login)
    const tag = await this.#finish(transaction, 'COMMIT')
    if (tag === 'ROLLBACK') {
      throw new DataApiError(
        'DatabaseErrorException',
        'ERROR: The database returned ROLLBACK, so the transaction cannot be committed; ' +
          'SQLState: 25P02',
      )
    }
  }

  /** Rolls back. */
  async rollback(id: string, login: Omit<Login, 'database'>): Promise<void> {
    await this.#finish(this.#find(id, login), 'ROLLBACK')
  }

  /** Ends a transaction whose connection cannot be used further. */
  abort(id: string): void {
    const transaction = this.#open.get(id)
    if (!transaction) return
    this.#forget(transaction, ABORTED)
    this.#connections.destroy(transaction.client)
  }

  /** Ends every transaction. */
  close(): void {
    for (const id of this.#open.keys()) this.abort(id)
  }

  async #finish(transaction: Transaction, command: 'COMMIT' | 'ROLLBACK'): Promise<string> {
    this.#forget(transaction, ENDED)
    try {
      const tag = await runCommand(transaction.client, command, this.#limits)
      void this.#connections.release(transaction.client)
      return tag
    } catch (error) {
      this.#connections.destroy(transaction.client)
      throw error
    }
  }

  #find(id: string, login: Partial<Login>): Transaction {
    const transaction = this.#open.get(id)
    if (!transaction) {
      throw new DataApiError(
        'TransactionNotFoundException',
        `Transaction ${id} is not found. ${this.#reasons.get(id) ?? EXPIRED}`,
      )
    }
    if (
      login.username !== transaction.login.username ||
      login.password !== transaction.login.password
    ) {
      throw new DataApiError(
        'BadRequestException',
        'The secret is not the one that the transaction was begun with.',
      )
    }
    if (login.database !== undefined && login.database !== transaction.login.database) {
      throw new DataApiError(
        'BadRequestException',
        'Database name is not the same as the one that the transaction was begun with.',
      )
    }
    if (transaction.busy) {
      throw new DataApiError('DatabaseErrorException', 'Transaction is still running a query')
    }
    return transaction
  }

  #watch(transaction: Transaction): void {
    const left = transaction.startedAt + this.#limits.transactionLifeMs - Date.now()
    transaction.timer = setTimeout(
      () => {
        this.#forget(transaction, EXPIRED)
        void this.#connections.release(transaction.client)
      },
      Math.max(0, Math.min(this.#limits.transactionIdleMs, left)),
    )
    transaction.timer.unref()
  }

  #forget(transaction: Transaction, reason: string): void {
    clearTimeout(transaction.timer)
    transaction.client.off('error', transaction.onLost)
    transaction.client.off('end', transaction.onLost)
    this.#open.delete(transaction.id)
    this.#reasons.set(transaction.id, reason)
    const oldest = this.#reasons.keys().next().value
    if (this.#reasons.size > REMEMBERED && oldest !== undefined) this.#reasons.delete(oldest)
  }
}
