import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, describe, expect, inject, it } from 'vitest'
import { runAlways } from '../../lambdas/migrations/apply.ts'
import { before, gate, grantsAfter } from '../../lambdas/migrations/migrations.ts'
import type { Statements } from '../../lambdas/platform/data-api.ts'
import { readSettings } from '../../local/settings.ts'

/** Heads of MLflow's migrations in the minor versions before the one that is deployed. */
const earlier = [
  { version: '3.15', revision: '6f8d9c3b2a1e' },
  { version: '3.16', revision: 'b7e2c1a4d9f3' },
] as const

const passwords = inject('passwords')
const clients: pg.Client[] = []

async function connect(user: string, database: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: inject('postgresPort'),
    database,
    user,
    password: passwords[user],
  })
  await client.connect()
  clients.push(client)
  return client
}

/** Runs one of MLflow's programs on a database. */
async function run(program: string, args: readonly string[], database: string): Promise<void> {
  await promisify(execFile)(join(readSettings({}).pythonBin, program), args, {
    env: {
      ...process.env,
      PGHOST: '127.0.0.1',
      PGPORT: String(inject('postgresPort')),
      PGUSER: 'mlflow',
      PGPASSWORD: passwords['mlflow'],
      PGDATABASE: database,
      MLFLOW_DISABLE_TELEMETRY: 'true',
      MLFLOW_MODEL_CATALOG_URI: '',
    },
  })
}

const url = 'postgresql+psycopg2://'
const refused = expect.objectContaining({ code: 'P0001' })

function statementsOf(client: pg.Client): Statements {
  return { query: async (sql) => (await client.query(sql)).rows as never }
}

afterAll(async () => {
  for (const client of clients) await client.end()
})

describe("MLflow's upgrade of its tables", () => {
  it.each(earlier)(
    'from $version runs with the guards in place, which refuse afterwards as before',
    async ({ version, revision }) => {
      const database = `upgrade_${version.replace('.', '_')}`
      await (await connect('administrator', 'postgres')).query(`create database ${database}`)
      const administrator = await connect('administrator', database)
      await runAlways(statementsOf(administrator), before)
      await run('python', ['test/database/clients/mlflow_schema.py', url, revision], database)
      await runAlways(statementsOf(administrator), [...grantsAfter, ...gate])

      const mlflow = await connect('mlflow', database)
      const gatekeeper = await connect('gatekeeper', database)
      const revisionNow = async () =>
        (await mlflow.query('select version_num from alembic_version')).rows[0]?.version_num
      const findings = async () => (await gatekeeper.query('select * from gate.findings()')).rows
      const ledger = async () =>
        (await administrator.query('select content from gate.ledger order by sequence')).rows
      const expectRefusals = async () => {
        for (const sql of [
          `update registered_model_aliases set version = 2 where alias = 'production'`,
          `insert into registered_model_aliases (name, alias, version) values ('m', 'Production', 2)`,
          `delete from registered_model_aliases`,
          `truncate registered_model_aliases`,
          `update model_versions set current_stage = 'Production' where version = 2`,
          `update model_versions set source = 'x' where version = 1`,
          `update registered_models set name = 'other'`,
          `insert into model_version_tags (name, version, key, value) values ('m', 1, 'mlflow.prompt.text', 'x')`,
          `insert into registered_model_tags (name, key, value) values ('m', 'mlflow.prompt.is_prompt', 'x')`,
        ]) {
          await expect(mlflow.query(sql), sql).rejects.toEqual(refused)
        }
      }
      const move = async (from: number | null, to: number) => {
        await gatekeeper.query(
          `select gate.approve('default', 'm', $1, $2, '{"action": "promotion", "actor": "a"}', 60)`,
          [from, to],
        )
        await mlflow.query(
          `insert into registered_model_aliases (name, alias, version) values ('m', 'production', $1)
           on conflict (workspace, name, alias) do update set version = excluded.version`,
          [to],
        )
      }

      await mlflow.query(`insert into registered_models (name) values ('m')`)
      await mlflow.query(
        `insert into model_versions (name, version, current_stage, source)
         values ('m', 1, 'None', 's3://1'), ('m', 2, 'None', 's3://2')`,
      )
      await administrator.query(
        `select gate.protect('[{"name": "m", "kind": "model", "workload": "fraud-detector"}]')`,
      )
      await move(null, 1)
      await expectRefusals()
      expect(await findings()).toEqual([])
      const entries = await ledger()

      expect(await revisionNow()).toBe(revision)
      await run('mlflow', ['db', 'upgrade', url], database)
      expect(await revisionNow()).not.toBe(revision)
      await expectRefusals()
      expect(await findings()).toEqual([])
      expect(await ledger()).toEqual(entries)

      // The deployment that brought the upgrade runs every file again.
      await runAlways(statementsOf(administrator), [...before, ...grantsAfter, ...gate])
      await expectRefusals()
      await move(1, 2)
      expect(await findings()).toEqual([])
    },
    120_000,
  )
})
