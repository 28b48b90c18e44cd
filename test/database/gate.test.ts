import { createHash } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { useDataApi } from './setup.ts'
import { connectDatabase } from '../../lambdas/platform/data-api.ts'

useDataApi(inject('dataApi'))

const passwords = inject('passwords')

function clientOf(user: string): pg.Client {
  return new pg.Client({
    host: '127.0.0.1',
    port: inject('postgresPort'),
    database: 'mlops',
    user,
    password: passwords[user],
  })
}

let mlflow: pg.Client
let administrator: pg.Client
const gatekeeper = connectDatabase('GATEKEEPER_SECRET_ARN', 10_000)
let number = 0
let name = ''

beforeAll(async () => {
  mlflow = clientOf('mlflow')
  administrator = clientOf('administrator')
  await mlflow.connect()
  await administrator.connect()
})

afterAll(async () => {
  await mlflow.end()
  await administrator.end()
})

/** A protected model of its own for each test, with three versions. */
beforeEach(async () => {
  number += 1
  name = `fraud-detector-${number}`
  await mlflow.query(`insert into registered_models (name, creation_time) values ($1, 0)`, [name])
  for (const version of [1, 2, 3]) {
    await mlflow.query(
      `insert into model_versions (name, version, creation_time, current_stage, source, run_id)
       values ($1, $2::integer, 0, 'None', 's3://bucket/' || $2::integer, 'run-' || $2::integer)`,
      [name, version],
    )
  }
  await protect([{ name, kind: 'model', workload: 'fraud-detector' }])
})

async function protect(names: readonly object[]): Promise<void> {
  await administrator.query('select gate.protect($1::jsonb)', [JSON.stringify(names)])
}

const entry = { action: 'promotion', actor: 'arn:aws:iam::1:user/kim', reason: 'better' }

async function approve(from: number | null, to: number, seconds = 60): Promise<string> {
  const [row] = await gatekeeper.query<{ id: string }>(
    `select gate.approve('default', :name, :from::integer, :to::integer, :entry::jsonb, :seconds::integer)::text as id`,
    { name, from, to, entry: JSON.stringify(entry), seconds },
  )
  return row?.id ?? ''
}

async function setAlias(version: number, alias = 'production'): Promise<void> {
  await mlflow.query(
    `insert into registered_model_aliases (name, alias, version) values ($1, $2, $3)
     on conflict (workspace, name, alias) do update set version = excluded.version`,
    [name, alias, version],
  )
}

async function stages(): Promise<Record<number, string>> {
  const { rows } = await mlflow.query<{ version: number; current_stage: string }>(
    'select version, current_stage from model_versions where name = $1 order by version',
    [name],
  )
  return Object.fromEntries(rows.map((row) => [row.version, row.current_stage]))
}

async function ledger(): Promise<{ content: string; previous_hash: string; hash: string }[]> {
  return (
    await administrator.query('select * from gate.ledger where name = $1 order by sequence', [name])
  ).rows as never
}

const refused = expect.objectContaining({ code: 'P0001' })

describe('the alias production of a protected name', () => {
  it('does not move without an approval', async () => {
    await expect(setAlias(1)).rejects.toEqual(refused)
    await expect(setAlias(1, 'Production')).rejects.toEqual(refused)
    expect(await ledger()).toEqual([])
  })

  it('moves once with an approval of exactly this move, and the move is in the ledger', async () => {
    await approve(null, 1)
    await expect(setAlias(2)).rejects.toEqual(refused)
    await setAlias(1)
    expect(await stages()).toEqual({ 1: 'Production', 2: 'None', 3: 'None' })
    await approve(1, 2)
    await setAlias(2)
    await expect(setAlias(1)).rejects.toEqual(refused)
    expect(await stages()).toEqual({ 1: 'Archived', 2: 'Production', 3: 'None' })
    expect((await ledger()).map(({ content }) => JSON.parse(content))).toMatchObject([
      { action: 'promotion', from: null, to: 1, workload: 'fraud-detector', actor: entry.actor },
      { action: 'promotion', from: 1, to: 2 },
    ])
  })

  it('does not move with an approval that was used, has expired, was withdrawn, or is for another start', async () => {
    await approve(null, 1)
    await setAlias(1)
    await approve(null, 2)
    await expect(setAlias(2)).rejects.toEqual(refused)
    await approve(1, 2, 1)
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    await expect(setAlias(2)).rejects.toEqual(refused)
    const withdrawn = await approve(1, 2)
    await gatekeeper.query('select gate.withdraw(:id::uuid)::text', { id: withdrawn })
    await expect(setAlias(2)).rejects.toEqual(refused)
  })

  it('cannot be deleted, renamed, or truncated away, nor can its model or version', async () => {
    await approve(null, 1)
    await setAlias(1)
    for (const sql of [
      `delete from registered_model_aliases where name = '${name}'`,
      `update registered_model_aliases set alias = 'old' where name = '${name}'`,
      `update registered_models set name = '${name}-x' where name = '${name}'`,
      `update model_versions set current_stage = 'Archived' where name = '${name}' and version = 1`,
      `update model_versions set current_stage = 'Production' where name = '${name}' and version = 2`,
      `update model_versions set source = 's3://elsewhere' where name = '${name}' and version = 1`,
      `update model_versions set run_id = 'other' where name = '${name}' and version = 1`,
      `truncate registered_model_aliases`,
      `truncate registered_models cascade`,
      `insert into model_version_tags (name, version, key, value) values ('${name}', 1, 'mlflow.prompt.text', 'x')`,
    ]) {
      await expect(mlflow.query(sql), sql).rejects.toEqual(refused)
    }
    await mlflow.query(
      `insert into model_version_tags (name, version, key, value) values ('${name}', 1, 'note', 'x')`,
    )
  })

  it('is not in the way of other aliases and of names that nobody protects', async () => {
    await setAlias(1, 'staging')
    await mlflow.query(`delete from registered_model_aliases where name = '${name}'`)
    await protect([])
    await setAlias(1)
    await mlflow.query(`delete from registered_models where name = '${name}-none'`)
  })

  it('that stood before the name was protected is adopted', async () => {
    await protect([])
    await setAlias(3)
    await protect([{ name, kind: 'model', workload: 'fraud-detector' }])
    expect((await ledger()).map(({ content }) => JSON.parse(content))).toMatchObject([
      { action: 'adoption', to: 3 },
    ])
  })
})

describe('the ledger', () => {
  it('is a chain of SHA-256 hashes over its text', async () => {
    await approve(null, 1)
    await setAlias(1)
    const { rows } = await administrator.query<{
      content: string
      previous_hash: string
      hash: string
    }>('select content, previous_hash, hash from gate.ledger order by sequence')
    let previous = '0'.repeat(64)
    for (const row of rows) {
      expect(row.previous_hash).toBe(previous)
      previous = createHash('sha256').update(`${previous}\n${row.content}`).digest('hex')
      expect(row.hash).toBe(previous)
    }
  })

  it('is changed by nobody, and written by functions alone', async () => {
    await approve(null, 1)
    await setAlias(1)
    for (const [client, sql] of [
      [administrator, `update gate.ledger set content = '{}'`],
      [administrator, 'delete from gate.ledger'],
      [administrator, 'truncate gate.ledger cascade'],
      [mlflow, 'select * from gate.ledger'],
      [mlflow, `select gate.append('{}')`],
      [mlflow, `select gate.approve('default', '${name}', 1, 2, '{}', 60)`],
    ] as const) {
      await expect(client.query(sql), sql).rejects.toThrow()
    }
    await expect(gatekeeper.query(`select gate.append('{}')`)).rejects.toThrow('permission denied')
    await expect(gatekeeper.query('delete from gate.approval')).rejects.toThrow('permission denied')
  })

  it('notices nothing wrong, and then each thing that is', async () => {
    await approve(null, 1)
    await setAlias(1)
    const findings = async () =>
      (await gatekeeper.query<{ finding: string }>('select * from gate.findings()')).map(
        ({ finding }) => finding,
      )
    expect(await findings()).toEqual([])
    await mlflow.query('alter table registered_model_aliases disable trigger gate_alias')
    expect(await findings()).toEqual(['trigger missing or disabled'])
    await setAlias(2)
    expect(await findings()).toContain('alias differs from ledger')
    await setAlias(1)
    await mlflow.query('alter table registered_model_aliases enable always trigger gate_alias')
    expect(await findings()).toEqual([])
  })
})
