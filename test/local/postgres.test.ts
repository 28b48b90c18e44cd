import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { outsideDirectory } from '../../local/postgres-directory.ts'
import { postgresAdministrator, postgresPassword, startPostgres } from '../../local/postgres.ts'
import { Processes } from '../../local/processes.ts'
import { portsFrom, readSettings, type Settings } from '../../local/settings.ts'

let data: string
let settings: Settings
let processes: Processes

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })

const start = (): Promise<void> => {
  const directories = { records: join(data, 'run'), logs: join(data, 'logs') }
  processes = new Processes(directories, () => undefined)
  return startPostgres(settings, processes)
}

beforeAll(async () => {
  // Only its owner may enter it: as root, Postgres runs as someone else.
  data = mkdtempSync(join(tmpdir(), 'postgres-'))
  const postgres = await freePort()
  settings = {
    ...readSettings({}),
    data,
    logs: join(data, 'logs'),
    ports: { ...portsFrom(1), postgres },
  }
  await start()
})

afterAll(async () => {
  await processes.stopAll()
  const outside = outsideDirectory(data)
  if (outside) rmSync(outside, { recursive: true, force: true })
  rmSync(data, { recursive: true, force: true })
})

const ask = async (sql: string, password: string): Promise<unknown[]> => {
  const client = new Client({
    host: '127.0.0.1',
    port: settings.ports.postgres,
    user: postgresAdministrator,
    password,
    database: 'postgres',
  })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe('the local Postgres', () => {
  test('has the major version of Aurora', async () => {
    const [row] = await ask('show server_version', postgresPassword(data))
    expect(row).toMatchObject({ server_version: expect.stringMatching(/^17\./) })
  })

  test('lets nobody in without the password', async () => {
    await expect(ask('select 1', 'wrong')).rejects.toThrow('password authentication failed')
    const rules = await ask(
      'select distinct auth_method from pg_hba_file_rules',
      postgresPassword(data),
    )
    expect(rules).toEqual([{ auth_method: 'scram-sha-256' }])
  })

  test('listens on 127.0.0.1 only, and on no socket file', async () => {
    const [row] = await ask(
      "select current_setting('listen_addresses') a, current_setting('unix_socket_directories') s",
      postgresPassword(data),
    )
    expect(row).toEqual({ a: '127.0.0.1', s: '' })
  })

  test('sorts texts in the same way on every machine', async () => {
    const rows = await ask(
      "select datlocprovider p, datlocale l from pg_database where datname = 'postgres'",
      postgresPassword(data),
    )
    expect(rows).toEqual([{ p: 'b', l: 'C.UTF-8' }])
  })

  test('keeps its password in a file that only its owner can read', () => {
    expect(statSync(join(data, 'postgres-password')).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(data, 'postgres-password'), 'utf8')).toHaveLength(32)
  })

  test('keeps its data from one start to the next', async () => {
    await ask('create table kept as select 42 as answer', postgresPassword(data))
    await processes.stopAll()
    await start()
    expect(await ask('select answer from kept', postgresPassword(data))).toEqual([{ answer: 42 }])
  })
})
