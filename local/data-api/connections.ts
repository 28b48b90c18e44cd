import pg from 'pg'
import { runCommand } from './statement.ts'
import type { Limits } from './limits.ts'

/** Whom a call acts as: the role and password of its secret, and the database. */
export interface Login {
  readonly username: string
  readonly password: string
  readonly database: string
}

export interface ConnectionOptions {
  readonly port: number
  /** Connections that one role may hold in one database. */
  readonly max: number
  /** Milliseconds after which an unused connection is closed, so that a database at rest has none. */
  readonly idleMs: number
}

// Sessions start as the Data API's do whatever the role's own settings are; `fields.ts` relies on it.
const SESSION = [
  'TimeZone=UTC',
  'DateStyle=ISO',
  'IntervalStyle=postgres',
  'bytea_output=hex',
  'standard_conforming_strings=on',
  'extra_float_digits=1',
]

/** One small pool per role, password and database. */
export class Connections {
  readonly #options: ConnectionOptions
  readonly #limits: Limits
  readonly #pools = new Map<string, pg.Pool>()

  constructor(options: ConnectionOptions, limits: Limits) {
    this.#options = options
    this.#limits = limits
  }

  get port(): number {
    return this.#options.port
  }

  /** A connection as this role; fails with Postgres' error when the password is wrong. */
  async acquire(login: Login): Promise<pg.PoolClient> {
    const pool = this.#pool(login)
    const client = await pool.connect().catch((error: unknown) => {
      // A pool of a wrong password would never be used again.
      if (pool.totalCount === 0 && pool.waitingCount === 0) this.#pools.delete(keyOf(login))
      throw error
    })
    // A connection may die between its pool's check and its first statement, or while it is held.
    if (client.listenerCount('error') === 0) client.on('error', () => {})
    return client
  }

  /**
   * Gives a connection back without what its user left behind (open transaction, settings, temporary
   * tables, session locks): the next call of the Data API may come to any session.
   */
  async release(client: pg.PoolClient): Promise<void> {
    try {
      await runCommand(client, 'ROLLBACK', this.#limits)
      await runCommand(client, 'DISCARD ALL', this.#limits)
      client.release()
    } catch {
      client.release(true)
    }
  }

  /** Closes a connection, and with it what runs on it. */
  destroy(client: pg.PoolClient): void {
    client.release(true)
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()]
    this.#pools.clear()
    await Promise.all(pools.map((pool) => pool.end()))
  }

  #pool(login: Login): pg.Pool {
    const key = keyOf(login)
    const existing = this.#pools.get(key)
    if (existing) return existing
    const pool = new pg.Pool({
      host: '127.0.0.1',
      port: this.#options.port,
      user: login.username,
      password: login.password,
      database: login.database,
      max: this.#options.max,
      idleTimeoutMillis: this.#options.idleMs,
      connectionTimeoutMillis: 10_000,
      application_name: 'data-api',
      options: SESSION.map((setting) => `-c ${setting}`).join(' '),
    })
    // The server closes idle connections when it restarts; the pool then makes new ones by itself.
    pool.on('error', () => {})
    this.#pools.set(key, pool)
    return pool
  }
}

function keyOf({ username, password, database }: Login): string {
  return JSON.stringify([username, password, database])
}
