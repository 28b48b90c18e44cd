import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { connectDatabase } from '../../lambdas/platform/data-api.ts'
import { startDataApi } from '../../local/data-api/server.ts'
import { readSettings } from '../../local/settings.ts'
import { startTestPostgres } from '../local/data-api-postgres.ts'
import { makeAdministrator, migrateDatabase } from './prepare-database.ts'
import { startSecretResolver } from './secret-resolver.ts'

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

const passwords = {
  administrator: 'administrator-password',
  mlflow: 'mlflow-password',
  ops: 'ops-password',
  gatekeeper: 'gatekeeper-password',
}

/** Starts Postgres with MLflow's own schema and ours, made by the migrations that a deployment runs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const postgres = await startTestPostgres()
  const dataApi = await startDataApi({ port: 0, postgresPort: postgres.port })
  const secrets = await startSecretResolver(dataApi.port, passwords)
  const superuser = new pg.Client({ host: '127.0.0.1', database: 'postgres', ...postgres })
  await superuser.connect()
  await makeAdministrator(superuser, passwords.administrator)
  await superuser.end()
  project.provide('postgresPort', postgres.port)
  project.provide('dataApi', secrets.address)
  project.provide('clusterState', `http://127.0.0.1:${dataApi.port}/_local/state`)
  project.provide('passwords', { ...passwords })

  useDataApi(secrets.address)
  await migrateDatabase(
    (role) => connectDatabase(`${role.toUpperCase()}_SECRET_ARN`, 10_000),
    passwords,
    () => upgradeMlflow(postgres.port),
  )

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
    GATEKEEPER_SECRET_ARN: 'gatekeeper',
  })
}

async function upgradeMlflow(port: number): Promise<void> {
  await promisify(execFile)(
    join(readSettings({}).pythonBin, 'mlflow'),
    ['db', 'upgrade', 'postgresql+psycopg2://'],
    {
      env: {
        ...process.env,
        PGHOST: '127.0.0.1',
        PGPORT: String(port),
        PGUSER: 'mlflow',
        PGPASSWORD: passwords.mlflow,
        PGDATABASE: 'mlops',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        MLFLOW_MODEL_CATALOG_URI: '',
      },
    },
  )
}
