import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresAdministrator, startPostgres } from '../../local/postgres.ts'
import { outsideDirectory } from '../../local/postgres-directory.ts'
import { Processes } from '../../local/processes.ts'
import { readSettings } from '../../local/settings.ts'

export interface TestPostgres {
  readonly port: number
  readonly user: string
  readonly password: string
  /** Stops the server but keeps its data. */
  stop(): Promise<void>
  /** Starts it again, on the same port. */
  start(): Promise<void>
  /** Stops it and deletes its data. */
  remove(): Promise<void>
}

/** Characters that a header or an address would not carry as they are. */
const password = 'pass word/é'

/** Starts a Postgres of its own for a test file, as the local stack does. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const data = await mkdtemp(join(tmpdir(), 'townin-postgres-'))
  // As root the server runs as another user, who must be able to enter.
  chmodSync(data, 0o711)
  const directories = { records: join(data, 'processes'), logs: join(data, 'logs') }
  for (const directory of Object.values(directories)) mkdirSync(directory)
  writeFileSync(join(data, 'postgres-password'), password, { mode: 0o600 })
  const processes = new Processes(directories, () => undefined)
  const port = await freePort()
  const settings = { ...readSettings({}), data, ports: { postgres: port } }
  const start = () => startPostgres(settings, processes, { fsync: 'off' })
  await start()
  return {
    port,
    user: postgresAdministrator,
    password,
    start,
    stop: () => processes.stop('postgres'),
    remove: async () => {
      await processes.stopAll()
      for (const directory of [outsideDirectory(data), data]) {
        if (directory !== undefined) await rm(directory, { recursive: true, force: true })
      }
    },
  }
}

async function freePort(): Promise<number> {
  const first = Math.floor(Math.random() * 100)
  for (let offset = 0; offset < 100; offset += 1) {
    const port = 5800 + ((first + offset) % 100)
    if (await isFree(port)) return port
  }
  throw new Error('No port from 5800 to 5899 is free.')
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
