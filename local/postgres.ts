import { randomBytes } from 'node:crypto'
import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  mkdirSync,
  chownSync,
} from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { childEnvironment } from './child-environment.ts'
import { placePostgres, type PostgresPlace } from './postgres-directory.ts'
import type { Processes, Program, Service } from './processes.ts'
import type { Settings } from './settings.ts'

/** The superuser of the local Postgres; the app knows only the roles that Aurora would have. */
export const postgresAdministrator = 'postgres'

/** Where one Postgres keeps its data and listens. */
export type PostgresSettings = Pick<Settings, 'data' | 'nodeBin' | 'pythonBin'> & {
  readonly ports: Pick<Settings['ports'], 'postgres'>
}

/** Settings of the server, by their names in postgresql.conf. */
export type PostgresOptions = Readonly<Record<string, string | number>>

const major = '17'

/** The superuser's password, made up once for each data directory. */
export const postgresPassword = (data: string): string => {
  const file = join(data, 'postgres-password')
  if (existsSync(file)) return readFileSync(file, 'utf8')
  const password = randomBytes(24).toString('base64url')
  writeFileSync(file, password, { mode: 0o600 })
  return password
}

/** The program that makes a new cluster: passwords only, texts sorted the same on every machine. */
const initdb = (
  place: PostgresPlace,
  into: string,
  passwordFile: string,
  env: Program['env'],
): Program => ({
  name: 'postgres-init',
  command: join(place.native, 'bin', 'initdb'),
  args: [
    `--pgdata=${into}`,
    `--username=${postgresAdministrator}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-sync',
  ],
  cwd: '/',
  env,
  ...(place.user && { user: { uid: place.user.uid, gid: place.user.gid } }),
})

const server = (
  settings: PostgresSettings,
  place: PostgresPlace,
  password: string,
  env: Program['env'],
  more: PostgresOptions,
): Service => {
  const options = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: settings.ports.postgres,
    max_connections: 100,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...more,
  }
  return {
    name: 'postgres',
    command: join(place.native, 'bin', 'postgres'),
    args: [
      '-D',
      place.cluster,
      ...Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    cwd: '/',
    env,
    ...(place.user && { user: { uid: place.user.uid, gid: place.user.gid } }),
    // The fast way: it ends its sessions; SIGTERM would wait for them.
    stopSignal: 'SIGINT',
    readyWithinSeconds: 60,
    isReady: async () => {
      const client = new Client({
        host: '127.0.0.1',
        port: settings.ports.postgres,
        user: postgresAdministrator,
        password,
        database: 'postgres',
      })
      // A connection that breaks is an answer too, not a reason to crash.
      client.on('error', () => undefined)
      try {
        await client.connect()
        await client.query('select 1')
        return true
      } finally {
        await client.end().catch(() => undefined)
      }
    },
  }
}

/** Makes the cluster when there is none. A cluster that was made only in part is made again. */
const initialise = async (
  processes: Processes,
  place: PostgresPlace,
  password: string,
  env: Program['env'],
): Promise<void> => {
  const versionFile = join(place.cluster, 'PG_VERSION')
  if (existsSync(versionFile)) {
    const found = readFileSync(versionFile, 'utf8').trim()
    if (found === major) return
    throw new Error(
      `The data in ${place.cluster} is of Postgres ${found}, and this is ${major}: run npm run reset.`,
    )
  }
  const unfinished = `${place.cluster}.new`
  const passwordFile = `${place.cluster}.password`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (place.user)
    for (const file of [unfinished, passwordFile]) chownSync(file, place.user.uid, place.user.gid)
  try {
    await processes.run(initdb(place, unfinished, passwordFile, env), 120)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  rmSync(place.cluster, { recursive: true, force: true })
  renameSync(unfinished, place.cluster)
}

/** Starts Postgres on 127.0.0.1 with password authentication only, and waits until it answers. */
export const startPostgres = async (
  settings: PostgresSettings,
  processes: Processes,
  options: PostgresOptions = {},
): Promise<void> => {
  const place = placePostgres(settings.data)
  const password = postgresPassword(settings.data)
  const env = childEnvironment(settings, process.env, { LC_ALL: 'C' })
  await initialise(processes, place, password, env)
  await processes.start(server(settings, place, password, env, options))
}
