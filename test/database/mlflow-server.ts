import { join } from 'node:path'
import { inject } from 'vitest'
import { freePorts } from '../../bench/ports.ts'
import type { Processes } from '../../local/processes.ts'
import { readSettings } from '../../local/settings.ts'

/** MLflow's server on the test database. */
export interface MlflowServer {
  readonly address: string
  /** For programs in Python beside it: their path, and the database without a role. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Starts MLflow's server as it is deployed, with nothing in front of it.
 * @param directory where it may write
 */
export async function startMlflowServer(
  processes: Processes,
  directory: string,
): Promise<MlflowServer> {
  const { pythonBin } = readSettings({})
  const [port = 0] = await freePorts(1)
  const address = `http://127.0.0.1:${port}`
  const env = {
    PATH: [pythonBin, process.env['PATH'] ?? ''].join(':'),
    HOME: directory,
    PGHOST: '127.0.0.1',
    PGPORT: String(inject('postgresPort')),
    PGDATABASE: 'mlops',
    MLFLOW_SQLALCHEMYSTORE_POOLCLASS: 'NullPool',
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    MLFLOW_MODEL_CATALOG_URI: '',
    NO_PROXY: '127.0.0.1',
  }
  await processes.start({
    name: 'mlflow',
    command: join(pythonBin, 'mlflow'),
    args: [
      'server',
      '--backend-store-uri=postgresql+psycopg2://',
      `--default-artifact-root=${join(directory, 'artifacts')}`,
      '--no-serve-artifacts',
      '--host=127.0.0.1',
      `--port=${port}`,
      '--workers=1',
      '--allowed-hosts=*',
      '--uvicorn-opts=--timeout-worker-healthcheck 60',
    ],
    env: { ...env, PGUSER: 'mlflow', PGPASSWORD: inject('passwords')['mlflow'] ?? '' },
    cwd: directory,
    readyWithinSeconds: 180,
    isReady: async () => (await fetch(`${address}/health`)).ok,
  })
  return { address, env }
}
