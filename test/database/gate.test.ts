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

async function approve(
  from: number | null,
  to: number,
  seconds = 60,
  action = 'promotion',
  more: object = {},
): Promise<string> {
  return approveOf(name, from, to, seconds, { ...entry, ...more, action })
}

async function approveOf(
  of: string,
  from: number | null,
  to: number,
  seconds = 60,
  content: object = entry,
): Promise<string> {
  const [row] = await gatekeeper.query<{ id: string }>(
    `select gate.approve('default', :of, :from::integer, :to::integer, :content::jsonb, :seconds::integer)::text as id`,
    { of, from, to, content: JSON.stringify(content), seconds },
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

/** What the ledger's entries of this test's name say. */
async function entries(): Promise<unknown[]> {
  return (await ledger()).map(({ content }) => JSON.parse(content) as unknown)
}

async function findings(): Promise<string[]> {
  const rows = await gatekeeper.query<{ finding: string }>('select * from gate.findings()')
  return rows.map(({ finding }) => finding)
}

/** Runs a statement as MLflow's role in a transaction of its own that stays open until `end`. */
async function begin(sql: string): Promise<{ end: () => Promise<void> }> {
  const client = clientOf('mlflow')
  await client.connect()
  await client.query('begin')
  await client.query(sql)
  return {
    end: async () => {
      await client.query('commit')
      await client.end()
    },
  }
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
    expect(await entries()).toMatchObject([
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
    expect(await stages()).toEqual({ 1: 'None', 2: 'None', 3: 'None' })
  })

  it('that stood before the name was protected is adopted', async () => {
    await protect([])
    await setAlias(3)
    await protect([{ name, kind: 'model', workload: 'fraud-detector' }])
    expect(await entries()).toMatchObject([
      { action: 'outside-change', actor: 'deployment', kind: 'model' },
      { action: 'adoption', to: 3, kind: 'model' },
    ])
    expect(await stages()).toEqual({ 1: 'None', 2: 'None', 3: 'Production' })
    await expect(setAlias(1)).rejects.toEqual(refused)
  })

  it('is made of the stage where that alone said what was in production', async () => {
    await protect([])
    await mlflow.query(
      `update model_versions set current_stage = 'Production' where name = $1 and version < 3`,
      [name],
    )
    await protect([{ name, kind: 'model', workload: 'fraud-detector' }])
    expect(await entries()).toMatchObject([{}, { action: 'adoption', to: 2 }])
    expect(await stages()).toEqual({ 1: 'Archived', 2: 'Production', 3: 'None' })
    expect(await findings()).toEqual([])
  })

  it('is free once the configuration no longer names it, and adopted anew when it does again', async () => {
    await approve(null, 1)
    await setAlias(1)
    await approve(1, 2)
    await protect([])
    await mlflow.query(`delete from registered_model_aliases where name = $1`, [name])
    await mlflow.query(
      `update model_versions set source = 's3://other', current_stage = 'None' where name = $1`,
      [name],
    )
    await protect([{ name, kind: 'model', workload: 'fraud-detector' }])
    expect(await entries()).toMatchObject([
      { action: 'promotion', to: 1 },
      { action: 'outside-change', from: 1 },
      { action: 'adoption', to: null },
    ])
    expect(await findings()).toEqual([])
    await expect(setAlias(2)).rejects.toEqual(refused)
    await expect(approve(null, 1, 60, 'rollback')).rejects.toThrow('never in production since')
  })

  it('does not return to what was in production before its name was free, even if that is unchanged', async () => {
    await approve(null, 1)
    await setAlias(1)
    await approve(1, 2)
    await setAlias(2)
    await protect([])
    await protect([{ name, kind: 'model', workload: 'fraud-detector' }])
    await expect(approve(2, 1, 60, 'rollback')).rejects.toThrow('never in production since')
    await approve(2, 3)
    await setAlias(3)
    await approve(3, 2, 60, 'rollback')
    await setAlias(2)
    expect((await entries()).at(-1)).toMatchObject({ action: 'rollback', from: 3, to: 2 })
  })

  it('is not left unguarded by a configuration that cannot be read', async () => {
    await expect(administrator.query('select gate.protect(null)')).rejects.toEqual(refused)
    await expect(administrator.query(`select gate.protect('{}')`)).rejects.toEqual(refused)
    await expect(setAlias(1)).rejects.toEqual(refused)
  })

  it('does not move in a transaction that began before the name was protected', async () => {
    await protect([])
    const before = clientOf('mlflow')
    await before.connect()
    await before.query('begin isolation level repeatable read')
    await before.query('select 1 from registered_models limit 1')
    const moving = await begin(
      `insert into registered_model_aliases (name, alias, version) values ('${name}', 'production', 2)`,
    )
    const protecting = protect([{ name, kind: 'model', workload: 'fraud-detector' }])
    await new Promise((resolve) => setTimeout(resolve, 200))
    await moving.end()
    await protecting
    expect(await entries()).toMatchObject([{}, { action: 'adoption', to: 2 }])
    const late = await before
      .query(
        `insert into registered_model_aliases (name, alias, version) values ('${name}', 'production', 3)
         on conflict (workspace, name, alias) do update set version = 3`,
      )
      .catch((error: { code: string }) => error.code)
    await before.end()
    expect(late).toBe('P0001')
    expect(await findings()).toEqual([])
  })

  it('never points to a version that is being deleted', async () => {
    await approve(null, 1)
    await setAlias(1)
    await approve(1, 2)
    const deleting = await begin(
      `update model_versions set current_stage = 'Deleted_Internal' where name = '${name}' and version = 2`,
    )
    const moved = setAlias(2).then(
      () => 'moved',
      (error: { code: string }) => error.code,
    )
    await new Promise((resolve) => setTimeout(resolve, 200))
    await deleting.end()
    expect(await moved).toBe('P0001')
    await expect(approve(1, 9)).rejects.toThrow('has no version 9')
  })

  it('leaves no approval behind for the way back', async () => {
    await approve(null, 1)
    await setAlias(1)
    await approve(1, 2)
    await approve(1, 2)
    await setAlias(2)
    await approve(2, 1, 60, 'rollback')
    await setAlias(1)
    await expect(setAlias(2)).rejects.toEqual(refused)
  })

  it('leaves no entry of a row that was dropped for a conflict', async () => {
    await approve(null, 1)
    await approve(null, 2)
    const first = await begin(
      `insert into registered_model_aliases (name, alias, version) values ('${name}', 'production', 1)`,
    )
    const second = mlflow
      .query(
        `insert into registered_model_aliases (name, alias, version) values ('${name}', 'production', 2)
         on conflict do nothing`,
      )
      .catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await first.end()
    await second
    expect(await entries()).toMatchObject([{ to: 1 }])
    expect(await findings()).toEqual([])
  })
})

describe('whoever writes SQL as MLflow', () => {
  it('gets around no guard by way of another name, number, stage or table', async () => {
    await approve(null, 1)
    await setAlias(1)
    await approve(1, 2)
    await setAlias(2)
    const other = `${name}-other`
    await mlflow.query(`insert into registered_models (name) values ($1)`, [other])
    await mlflow.query(
      `insert into model_versions (name, version, current_stage) values ($1, 7, 'Production')`,
      [other],
    )
    await mlflow.query(
      `insert into registered_model_tags (name, key, value) values ($1, 'mlflow.prompt.is_prompt', 'x')`,
      [other],
    )
    await setAlias(2, 'staging')
    for (const sql of [
      `update model_versions set name = '${other}' where name = '${name}' and version = 2`,
      `update model_versions set name = '${other}' where name = '${name}' and version = 1`,
      `update model_versions set version = 8 where name = '${name}' and version = 2`,
      `update model_versions set name = '${name}' where name = '${other}' and version = 7`,
      `update model_versions set current_stage = null, source = 's3://evil' where name = '${name}' and version = 1`,
      `update model_versions set current_stage = 'Deleted_Internal' where name = '${name}' and version = 2`,
      `delete from model_versions where name = '${name}' and version = 1`,
      `update registered_model_aliases set alias = 'PRODUCTION' where name = '${name}' and alias = 'staging'`,
      `update registered_model_tags set name = '${name}' where name = '${other}'`,
      `delete from registered_models where name = '${name}'`,
    ]) {
      await expect(mlflow.query(sql), sql).rejects.toMatchObject({ code: /^(P0001|23503)$/ })
    }
    expect(await findings()).toEqual([])
    expect(await stages()).toEqual({ 1: 'Archived', 2: 'Production', 3: 'None' })
  })

  it('cannot take over a protected name that is free with a version in production', async () => {
    const [taken, own] = [`${name}-free`, `${name}-own`]
    await mlflow.query(`insert into registered_models (name) values ($1)`, [own])
    await mlflow.query(
      `insert into model_versions (name, version, current_stage) values ($1, 1, 'Production')`,
      [own],
    )
    await protect([{ name: taken, kind: 'model', workload: 'fraud-detector' }])
    const rename = () =>
      mlflow.query(`update registered_models set name = $1 where name = $2`, [taken, own])
    await expect(rename()).rejects.toEqual(refused)
    await mlflow.query(`update model_versions set current_stage = 'None' where name = $1`, [own])
    await mlflow.query(
      `insert into registered_model_aliases (name, alias, version) values ($1, 'production', 1)`,
      [own],
    )
    await expect(rename()).rejects.toEqual(refused)
    await mlflow.query(`delete from registered_model_aliases where name = $1`, [own])
    await rename()
    expect(await findings()).toEqual([])
  })

  it('may not put a guard on a table of their own to feed it rows', async () => {
    await mlflow.query(
      'create table mlflow.own (workspace text, name text, alias text, version integer)',
    )
    await expect(
      mlflow.query(
        'create trigger own before insert on mlflow.own for each row execute function gate.guard_alias()',
      ),
    ).rejects.toMatchObject({ code: '42501' })
    await mlflow.query('create table mlflow.more () inherits (mlflow.registered_model_aliases)')
    expect(await findings()).toEqual(['something else is attached'])
    await mlflow.query('drop table mlflow.more, mlflow.own')
    expect(await findings()).toEqual([])
  })

  it('may delete a version that was in production, which the ledger notes and nobody undoes', async () => {
    await approve(null, 1)
    await setAlias(1)
    await approve(1, 2)
    await setAlias(2)
    await mlflow.query(
      `update model_versions set current_stage = 'Deleted_Internal', source = 'x' where name = $1 and version = 1`,
      [name],
    )
    expect(await entries()).toMatchObject([
      {},
      {},
      { action: 'version-deleted', to: 1, kind: 'model' },
    ])
    await expect(
      mlflow.query(
        `update model_versions set current_stage = 'None' where name = $1 and version = 1`,
        [name],
      ),
    ).rejects.toEqual(refused)
    await expect(approve(2, 1, 60, 'rollback')).rejects.toThrow()
  })
})

describe('an approval', () => {
  it('is of what the version was made of when the gate decided', async () => {
    const text = (value: string) =>
      mlflow.query(
        `insert into model_version_tags (name, version, key, value) values ($1, 1, 'mlflow.prompt.text', $2)
         on conflict (workspace, name, version, key) do update set value = excluded.value`,
        [name, value],
      )
    await protect([])
    await text('evaluated')
    await protect([{ name, kind: 'prompt', workload: 'fp-copilot' }])
    await approve(null, 1)
    await text('changed')
    await expect(setAlias(1)).rejects.toEqual(refused)
    // The same text again is what was approved.
    await text('evaluated')
    const changing = await begin(
      `update model_version_tags set value = 'late' where name = '${name}' and version = 1`,
    )
    const moved = setAlias(1).catch((error: { code: string }) => error.code)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await changing.end()
    expect(await moved).toBe('P0001')
  })

  it('is refused where any of the evidence began before the version was registered', async () => {
    await mlflow.query(
      `insert into model_versions (name, version, current_stage) values ($1, 4, 'None')`,
      [name],
    )
    const before = '2026-01-01T00:00:00.000Z'
    const after = '2126-01-01T00:00:00.000Z'
    for (const evidence of [
      { goals: [{ measured: { startedAt: after } }, { measured: { startedAt: before } }, {}] },
      { goals: [{ measured: { startedAt: after } }], usable: [{ startedAt: before }] },
    ]) {
      await expect(approve(null, 4, 60, 'promotion', { evidence })).rejects.toThrow(
        'Evaluate it again',
      )
    }
    const evidence = { goals: [{ measured: { startedAt: after, finishedAt: before } }] }
    await approve(null, 4, 60, 'promotion', { evidence })
    await setAlias(4)
  })

  it('is given to what is there when the name becomes protected, whenever it was evaluated', async () => {
    const evidence = { goals: [{ measured: { startedAt: '2001-01-01T00:00:00.000Z' } }] }
    await approve(null, 1, 60, 'promotion', { evidence })
    await setAlias(1)
    expect(await stages()).toMatchObject({ 1: 'Production' })
  })

  const changes: readonly (readonly [string, string])[] = [
    [
      'the text was added',
      `insert into model_version_tags (name, version, key, value) values ('$', 4, 'mlflow.prompt.text', 'x')`,
    ],
    [
      'the text was changed',
      `update model_version_tags set value = 'x' where name = '$' and key = '_mlflow_prompt_type'`,
    ],
    ['settings were removed', `delete from model_version_tags where name = '$' and version = 4`],
    ['the source was changed', `update model_versions set source = 'x' where name = '$'`],
    [
      'it was deleted and made again',
      `delete from model_version_tags where name = '$' and version = 4;
       delete from model_versions where name = '$' and version = 4;
       insert into model_versions (name, version, current_stage) values ('$', 4, 'None')`,
    ],
    [
      'another model took its name',
      `update registered_models set name = '$-old' where name = '$';
       insert into registered_models (name) values ('$-new');
       insert into model_versions (name, version, current_stage) values ('$-new', 4, 'None');
       update registered_models set name = '$' where name = '$-new'`,
    ],
  ]
  it.each(changes)('is refused for ever where %s after it was registered', async (_, sql) => {
    await mlflow.query(
      `begin;
       insert into model_versions (name, version, current_stage) values ('${name}', 4, 'None');
       insert into model_version_tags (name, version, key, value) values ('${name}', 4, '_mlflow_prompt_type', 'text');
       commit`,
    )
    // Notes are no content, nor is a description.
    await mlflow.query(
      `insert into model_version_tags (name, version, key, value) values ($1, 4, 'note', 'x')`,
      [name],
    )
    await mlflow.query(
      `update model_versions set description = 'x', current_stage = 'Staging' where name = $1`,
      [name],
    )
    await approve(null, 4)
    for (const one of sql.replaceAll('$', name).split(';')) await mlflow.query(one)
    await expect(approve(null, 4)).rejects.toThrow('Register a new version')
    await expect(setAlias(4)).rejects.toEqual(refused)
    await mlflow.query(
      `insert into model_versions (name, version, current_stage) values ($1, 5, 'None')`,
      [name],
    )
    await approve(null, 5)
    await setAlias(5)
    expect(await findings()).toEqual([])
  })

  it('of a rollback is for what was in production before', async () => {
    await approve(null, 1)
    await setAlias(1)
    await expect(approve(1, 2, 60, 'rollback')).rejects.toThrow('never in production')
    await expect(approve(1, 2, 60, 'refusal')).rejects.toThrow('promotion or a rollback')
    await approve(1, 2)
    await setAlias(2)
    await mlflow.query('alter table model_versions disable trigger gate_version')
    await mlflow.query(`update model_versions set source = 's3://other' where name = $1`, [name])
    await mlflow.query('alter table model_versions enable always trigger gate_version')
    await expect(approve(2, 1, 60, 'rollback')).rejects.toThrow('no longer what was in production')
  })
})

describe('moves at the same time', () => {
  it('of two names together and one of them alone never wait for each other', async () => {
    const names = [name, `${name}-two`]
    await mlflow.query(`insert into registered_models (name) values ($1)`, [names[1]])
    await mlflow.query(
      `insert into model_versions (name, version, current_stage) values ($1, 1, 'None'), ($1, 2, 'None'), ($1, 3, 'None')`,
      [names[1]],
    )
    await protect([])
    for (const one of names) {
      await mlflow.query(
        `insert into registered_model_aliases (name, alias, version) values ($1, 'production', 1)`,
        [one],
      )
    }
    await protect(names.map((one) => ({ name: one, kind: 'model', workload: 'fraud-detector' })))
    const together = JSON.stringify(names.map((one) => ({ name: one, from: 1, to: 2, entry })))
    await approveOf(names[1] ?? '', 1, 3)
    const alone = clientOf('mlflow')
    const both = clientOf('gatekeeper')
    await alone.connect()
    await both.connect()
    await alone.query('begin')
    await alone.query('select from registered_model_aliases where name = $1 for update', [names[1]])
    const moved = both
      .query(`select gate.move_together('default', $1)`, [together])
      .catch((error: { code: string }) => error.code)
    await new Promise((resolve) => setTimeout(resolve, 200))
    await alone.query(`update registered_model_aliases set version = 3 where name = $1`, [names[1]])
    await alone.query('commit')
    // Refused, since one of them had moved: so the other has not.
    expect(await moved).toBe('P0001')
    expect(await entries()).toMatchObject([{}, { action: 'adoption', to: 1 }])
    await both.query(`select gate.move_together('default', $1)`, [
      together.replace(`"name":"${names[1]}","from":1`, `"name":"${names[1]}","from":3`),
    ])
    expect(await stages()).toMatchObject({ 2: 'Production' })
    expect(await findings()).toEqual([])
    await alone.end()
    await both.end()
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
    expect(await findings()).toEqual([])
    await mlflow.query('alter table registered_model_aliases disable trigger gate_alias')
    expect(await findings()).toEqual(['trigger missing or disabled'])
    await expect(setAlias(2)).rejects.toEqual(refused)
    await mlflow.query('alter table registered_model_aliases disable trigger gate_move')
    await setAlias(2)
    expect(await findings()).toEqual([
      'trigger missing or disabled',
      'trigger missing or disabled',
      'alias differs from ledger',
      'stage differs from alias',
      'stage differs from alias',
    ])
    await setAlias(1)
    for (const trigger of ['gate_alias', 'gate_move']) {
      await mlflow.query(`alter table registered_model_aliases enable always trigger ${trigger}`)
    }
    expect(await findings()).toEqual([])
  })
})
