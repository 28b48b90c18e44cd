import { cpus, loadavg, totalmem } from 'node:os'
import type { Stand } from './stand.ts'
import { postgresSettings, superuser } from './postgres.ts'

/** What the figures were measured on, in lines. */
export async function describeMachine(stand: Stand): Promise<string[]> {
  const client = await stand.connect(superuser)
  const { rows } = await client.query<{ server_version: string }>('show server_version')
  await client.end()
  const version = await (await fetch(`${stand.mlflow}/version`)).text()
  return [
    `${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `Postgres ${rows[0]?.server_version} (${Object.entries(postgresSettings)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}), MLflow ${version}, Node ${process.version}`,
  ]
}

/** How many processes wanted a core in the last minute, for judging the times. */
export function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1)
}
