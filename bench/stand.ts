import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { startDataApi, type DataApi } from '../local/data-api/server.ts'
import { lastLines, Processes } from '../local/processes.ts'
import type { Database } from '../lambdas/platform/data-api.ts'
import { freePorts } from './ports.ts'
import { startPostgres } from '../local/postgres.ts'
import { outsideDirectory } from '../local/postgres-directory.ts'
import { readSettings } from '../local/settings.ts'
import { postgresSettings, superuser } from './postgres.ts'
import { makeAdministrator, migrateDatabase } from '../test/database/prepare-database.ts'
import { type SecretResolver, startSecretResolver } from '../test/database/secret-resolver.ts'

/** The database that MLflow's server uses. */
export const mainDatabase = 'mlops'

type Role = 'postgres' | 'administrator' | 'mlflow' | 'ops' | 'gatekeeper'

function makePassword(): string {
  return randomBytes(16).toString('hex')
}

/** Postgres, the Data API and MLflow for one run of the benchmark, in a directory that goes with it. */
export class Stand {
  readonly #directory = mkdtempSync(join(tmpdir(), 'townin-mlops-bench-'))
  readonly #processes: Processes
  readonly #passwords: Record<Role, string> = {
    postgres: makePassword(),
    administrator: makePassword(),
    mlflow: makePassword(),
    ops: makePassword(),
    gatekeeper: makePassword(),
  }
  readonly #pythonBin = readSettings({}).pythonBin
  #dataApi: DataApi | undefined
  #secrets: SecretResolver | undefined
  #ports: { postgres: number; mlflow: number } = { postgres: 0, mlflow: 0 }
  #closed: Promise<void> | undefined

  constructor(onDeath: (message: string) => void) {
    // As root Postgres runs as another user, who must be able to enter.
    chmodSync(this.#directory, 0o711)
    this.#processes = new Processes(
      { records: join(this.#directory, 'processes'), logs: join(this.#directory, 'logs') },
      (_, message) => onDeath(message),
    )
    // The last resort, for an exit that nobody planned; the processes are gone by then.
    process.once('exit', () => this.#removeFiles())
  }

  /** Starts Postgres and the Data API and makes MLflow's schema and ours, as a deployment does. */
  async start(): Promise<void> {
    const [postgres = 0, mlflow = 0] = await freePorts(2)
    this.#ports = { postgres, mlflow }
    writeFileSync(join(this.#directory, 'postgres-password'), this.#passwords.postgres, {
      mode: 0o600,
    })
    await startPostgres(
      { ...readSettings({}), data: this.#directory, ports: { postgres } },
      this.#processes,
      postgresSettings,
    )
    this.#dataApi = await startDataApi({ port: 0, postgresPort: postgres })
    this.#secrets = await startSecretResolver(this.#dataApi.port, this.#passwords)
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_RDS_DATA: this.#secrets.address,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      CLUSTER_ARN: 'arn:aws:rds:us-east-1:000000000000:cluster:bench',
    })
    await this.#migrate()
    await this.#processes.start({
      name: 'mlflow',
      command: join(this.#pythonBin, 'mlflow'),
      args: [
        'server',
        `--backend-store-uri=${storeUri}`,
        `--default-artifact-root=${join(this.#directory, 'artifacts')}`,
        '--no-serve-artifacts',
        '--host=127.0.0.1',
        `--port=${mlflow}`,
        '--workers=1',
        '--allowed-hosts=*',
        '--uvicorn-opts=--timeout-worker-healthcheck 60',
      ],
      env: this.#mlflowEnvironment(),
      cwd: this.#directory,
      readyWithinSeconds: 180,
      isReady: async () => (await fetch(`${this.mlflow}/health`)).ok,
    })
  }

  /** Address of MLflow's server. */
  get mlflow(): string {
    return `http://127.0.0.1:${this.#ports.mlflow}`
  }

  /** Connects straight to Postgres. */
  async connect(role: Role, database = mainDatabase): Promise<pg.Client> {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: this.#ports.postgres,
      user: role,
      password: this.#passwords[role],
      database,
    })
    // A connection that breaks while everything is being ended is no news.
    client.on('error', () => undefined)
    await client.connect()
    return client
  }

  /** Connects by the Data API, as the functions do. */
  async dataApi(role: 'administrator' | 'ops', database = mainDatabase): Promise<Database> {
    const { connectDatabase } = await import('../lambdas/platform/data-api.ts')
    Object.assign(process.env, { DATABASE_NAME: database, BENCH_SECRET_ARN: role })
    return connectDatabase('BENCH_SECRET_ARN', 10_000)
  }

  /** Makes a database that is a copy of another one. */
  async copyDatabase(name: string, of: string): Promise<void> {
    const client = await this.connect(superuser, 'postgres')
    try {
      // The Data API and MLflow end their connections a moment after their last statement.
      for (let attempt = 1; ; attempt += 1) {
        try {
          await client.query(`create database ${name} template ${of} owner administrator`)
          return
        } catch (error) {
          if (attempt > 50) throw error
          await sleep(200)
        }
      }
    } finally {
      await client.end()
    }
  }

  async dropDatabase(name: string): Promise<void> {
    const client = await this.connect(superuser, 'postgres')
    await client.query(`drop database ${name} with (force)`)
    await client.end()
  }

  /** Runs a Python program with MLflow's client to its end. */
  async runPython(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
    await this.#processes.run(
      {
        name: 'python',
        command: join(this.#pythonBin, 'python'),
        args,
        env: { ...this.#mlflowEnvironment(), MLFLOW_TRACKING_URI: this.mlflow, ...env },
      },
      180,
    )
  }

  /** The end of Postgres's log, for a statement that failed. */
  get postgresLog(): string {
    return lastLines(this.#processes.logOf('postgres'), 12)
  }

  /** Ends everything that was started and removes the directory; safe to call again. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#processes.stop('mlflow')
      this.#secrets?.close()
      await this.#dataApi?.close().catch(() => undefined)
      await this.#processes.stopAll()
      this.#removeFiles()
    })()
    return this.#closed
  }

  async #migrate(): Promise<void> {
    const client = await this.connect(superuser, 'postgres')
    await makeAdministrator(client, this.#passwords.administrator)
    await client.end()
    await migrateDatabase(
      (role) => this.dataApi(role),
      this.#passwords,
      () =>
        this.#processes.run(
          {
            name: 'mlflow-upgrade',
            command: join(this.#pythonBin, 'mlflow'),
            args: ['db', 'upgrade', storeUri],
            env: this.#mlflowEnvironment(),
            cwd: this.#directory,
          },
          180,
        ),
    )
  }

  #mlflowEnvironment(): Record<string, string> {
    return {
      PATH: [this.#pythonBin, process.env['PATH'] ?? ''].join(':'),
      HOME: this.#directory,
      PGHOST: '127.0.0.1',
      PGPORT: String(this.#ports.postgres),
      PGUSER: 'mlflow',
      PGPASSWORD: this.#passwords.mlflow,
      PGDATABASE: mainDatabase,
      MLFLOW_SQLALCHEMYSTORE_POOLCLASS: 'NullPool',
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      MLFLOW_MODEL_CATALOG_URI: '',
      NO_PROXY: '127.0.0.1',
    }
  }

  #removeFiles(): void {
    if (!existsSync(this.#directory)) return
    for (const directory of [outsideDirectory(this.#directory), this.#directory]) {
      if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
    }
  }
}

/** libpq's variables say the rest. */
const storeUri = 'postgresql+psycopg2://'
