import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { outsideDirectory, placePostgres } from '../local/postgres-directory.ts'
import type { Processes } from '../local/processes.ts'

/** The superuser of the benchmark's Postgres. */
export const superuser = 'postgres'

/** What differs from Postgres's defaults: the memory of a small server, and fewer checkpoints while loading. */
export const postgresSettings: Readonly<Record<string, string | number>> = {
  shared_buffers: '2GB',
  effective_cache_size: '6GB',
  maintenance_work_mem: '512MB',
  max_wal_size: '8GB',
  checkpoint_timeout: '30min',
  max_connections: 50,
  timezone: 'UTC',
}

/** Makes a new cluster below `data` and starts it on the port; it goes with `processes` and the directory. */
export async function startPostgres(
  processes: Processes,
  data: string,
  port: number,
  password: string,
): Promise<void> {
  const place = placePostgres(data)
  const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' }
  const user = place.user && { uid: place.user.uid, gid: place.user.gid }
  const passwordFile = join(place.cluster, '..', 'postgres-password')
  mkdirSync(place.cluster, { recursive: true })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user) for (const path of [place.cluster, passwordFile]) chownSync(path, user.uid, user.gid)
  await processes.run(
    {
      name: 'postgres-init',
      command: join(place.native, 'bin', 'initdb'),
      args: [
        `--pgdata=${place.cluster}`,
        `--username=${superuser}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--no-sync',
      ],
      env,
      cwd: '/',
      ...(user && { user }),
    },
    120,
  )
  await processes.start({
    name: 'postgres',
    command: join(place.native, 'bin', 'postgres'),
    args: [
      '-D',
      place.cluster,
      ...Object.entries({
        ...postgresSettings,
        port,
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
      }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    env,
    cwd: '/',
    ...(user && { user }),
    // Ends its sessions; SIGTERM would wait for them.
    stopSignal: 'SIGINT',
    stopWithinSeconds: 60,
    readyWithinSeconds: 60,
    isReady: async () => {
      const client = new pg.Client({
        host: '127.0.0.1',
        port,
        user: superuser,
        password,
        database: 'postgres',
      })
      client.on('error', () => undefined)
      try {
        await client.connect()
        return true
      } finally {
        await client.end().catch(() => undefined)
      }
    },
  })
}

/** Removes what Postgres kept outside of `data`, where root's Postgres could not enter it. */
export function removeOutside(data: string): void {
  const outside = outsideDirectory(data)
  if (outside) rmSync(outside, { recursive: true, force: true })
}
