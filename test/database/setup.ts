import { execFile } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { startDataApi } from '../../local/data-api/server.ts'
import { startTestPostgres } from '../local/data-api-postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Port of the Postgres that holds MLflow's and the platform's schemas. */
    postgresPort: number
    /** Address of the Data API in front of it; a secret's ARN is the name of its role. */
    dataApi: string
    /** Where the state of the cluster is played: `PUT /_local/state`. */
    clusterState: string
    /** Passwords by role. */
    passwords: Record<string, string>
  }
}

const passwords: Record<string, string> = {
  administrator: 'administrator-password',
  mlflow: 'mlflow-password',
  ops: 'ops-password',
}

/** Starts Postgres with MLflow's own schema and ours, made by the migrations that a deployment runs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres()
  const dataApi = await startDataApi({ port: 0, postgresPort: postgres.port })
  const secrets = await startSecrets(dataApi.port)
  const address = `http://127.0.0.1:${(secrets.address() as AddressInfo).port}`
  await makeAdministrator(postgres)
  project.provide('postgresPort', postgres.port)
  project.provide('dataApi', address)
  project.provide('clusterState', `http://127.0.0.1:${dataApi.port}/_local/state`)
  project.provide('passwords', passwords)

  useDataApi(address)
  const { connectDatabase } = await import('../../lambdas/platform/data-api.ts')
  const administrator = connectDatabase('ADMINISTRATOR_SECRET_ARN', 10_000)
  const { ensureRoles } = await import('../../lambdas/migrations/roles.ts')
  const { bringUpToDate, runAlways } = await import('../../lambdas/migrations/apply.ts')
  const { before, grantsAfter, opsMigrations } =
    await import('../../lambdas/migrations/migrations.ts')
  await ensureRoles(
    administrator,
    ['mlflow', 'ops'].map((username) => ({ username, password: passwords[username] ?? '' })),
  )
  await runAlways(administrator, before)
  await upgradeMlflow(postgres.port)
  await runAlways(administrator, grantsAfter)
  await bringUpToDate(connectDatabase('OPS_SECRET_ARN', 10_000), opsMigrations)

  return async () => {
    secrets.close()
    await dataApi.close()
    await postgres.remove()
  }
}

/** Points the AWS SDK of this process at the Data API, as the environment of a function does. */
export function useDataApi(address: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_RDS_DATA: address,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    CLUSTER_ARN: 'arn:aws:rds:us-east-1:000000000000:cluster:test',
    DATABASE_NAME: 'mlops',
    ADMINISTRATOR_SECRET_ARN: 'administrator',
    MLFLOW_SECRET_ARN: 'mlflow',
    OPS_SECRET_ARN: 'ops',
  })
}

/** Resolves the secret of a request, as the emulator does, and passes it on. */
async function startSecrets(dataApiPort: number): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts).toString()
      const { secretArn } = JSON.parse(body) as { secretArn: string }
      void fetch(`http://127.0.0.1:${dataApiPort}${request.url}`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-database-username': secretArn,
          'x-database-password': encodeURIComponent(passwords[secretArn] ?? ''),
        },
      }).then(async (answer) => {
        response.writeHead(answer.status, {
          'content-type': 'application/json',
          'x-amzn-errortype': answer.headers.get('x-amzn-errortype') ?? '',
        })
        response.end(await answer.text())
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

async function makeAdministrator(postgres: { port: number; user: string; password: string }) {
  const client = new pg.Client({ host: '127.0.0.1', database: 'postgres', ...postgres })
  await client.connect()
  // As Aurora's master: may create roles, is no superuser.
  await client.query(
    `create role administrator login createrole createdb password '${passwords['administrator']}'`,
  )
  await client.query('create database mlops owner administrator')
  await client.end()
}

async function upgradeMlflow(port: number): Promise<void> {
  const python = process.env['TOWNIN_PYTHON'] ?? join('.local', 'python')
  await promisify(execFile)(
    join(python, 'bin', 'mlflow'),
    ['db', 'upgrade', 'postgresql+psycopg2://'],
    {
      env: {
        ...process.env,
        PGHOST: '127.0.0.1',
        PGPORT: String(port),
        PGUSER: 'mlflow',
        PGPASSWORD: passwords['mlflow'],
        PGDATABASE: 'mlops',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        MLFLOW_MODEL_CATALOG_URI: '',
      },
    },
  )
}
