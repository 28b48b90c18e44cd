import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { environments } from '../../config/environments.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { connectDatabase } from '../../lambdas/platform/data-api.ts'
import type { ObjectVersion } from '../../lambdas/platform/object-versions.ts'
import type { Metric } from '../../lambdas/platform/telemetry.ts'
import { artifactRecord } from '../../lambdas/promotion/artifact-record.ts'
import {
  type CheckResult,
  type GateCheck,
  runCheck,
} from '../../lambdas/promotion/check/run-check.ts'
import { useDataApi } from './setup.ts'
import { connectAs } from './spans.ts'

const name = 'drift/사기 탐지'
const workload: Workload = {
  name: 'drift',
  experiment: 'drift',
  description: 'Drifts.',
  units: [{ type: 'claim' }],
  gate: { models: [name] },
}
const files: ObjectVersion[] = [
  { key: '1/models/m-1/artifacts/MLmodel', size: 10, versionId: 'v1', etag: 'a', modifiedAt: 0 },
  { key: '1/models/m-1/artifacts/model.pkl', size: 20, versionId: 'v1', etag: 'b', modifiedAt: 0 },
]

let mlflow: pg.Client
let administrator: pg.Client
let published: Metric[]
let indicators: number
let lastSuccess: Date | undefined
let objects: ObjectVersion[]
let clock = Date.now()

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  mlflow = await connectAs('mlflow')
  administrator = new pg.Client({
    host: '127.0.0.1',
    port: inject('postgresPort'),
    database: 'mlops',
    user: 'administrator',
    password: inject('passwords')['administrator'],
  })
  await administrator.connect()
  await mlflow.query(`insert into registered_models (name, creation_time) values ($1, 0)`, [name])
  for (const version of [1, 2]) {
    await mlflow.query(
      `insert into model_versions (name, version, creation_time, current_stage, source, run_id)
       values ($1, $2::integer, 0, 'None', 's3://bucket/' || $2::integer, 'run')`,
      [name, version],
    )
  }
  const { rows } = await administrator.query<{ names: object[] }>(
    `select coalesce(jsonb_agg(jsonb_build_object('name', name, 'kind', kind, 'workload', workload)), '[]') as names
     from gate.protected_name`,
  )
  const names = [...(rows[0]?.names ?? []), { name, kind: 'model', workload: 'drift' }]
  await administrator.query('select gate.protect($1::jsonb)', [JSON.stringify(names)])
  const entry = {
    action: 'promotion',
    workspace: 'default',
    actor: 'kim',
    reason: '',
    evidence: { artifacts: artifactRecord('1/models/m-1/artifacts/', files) },
  }
  await connectDatabase('GATEKEEPER_SECRET_ARN', 10_000).query(
    `select gate.approve('default', :name, null, 1, :entry::jsonb, 60)::text`,
    { name, entry: JSON.stringify(entry) },
  )
  await setAlias(1)
})

beforeEach(() => {
  published = []
  indicators = 0
  lastSuccess = undefined
  objects = files
})

afterAll(async () => {
  await connectDatabase('OPS_SECRET_ARN', 10_000).query(
    `delete from ops.job_run where job = 'gate'`,
  )
  await mlflow.end()
  await administrator.end()
})

async function setAlias(version: number): Promise<void> {
  await mlflow.query(
    `insert into registered_model_aliases (name, alias, version) values ($1, 'production', $2)
     on conflict (workspace, name, alias) do update set version = excluded.version`,
    [name, version],
  )
}

/** Moves production past the guard, as the owner of MLflow's tables can. */
async function moveOutside(version: number): Promise<void> {
  await mlflow.query('alter table registered_model_aliases disable trigger user')
  await setAlias(version)
  const { rows } = await mlflow.query<{ trigger: string }>(
    `select tgname as trigger from pg_trigger
     where tgrelid = 'registered_model_aliases'::regclass and not tgisinternal`,
  )
  for (const { trigger } of rows) {
    await mlflow.query(`alter table registered_model_aliases enable always trigger ${trigger}`)
  }
}

async function check(more: Partial<GateCheck> = {}): Promise<CheckResult> {
  return runCheck({
    config: environments.prod,
    workloads: [workload],
    gate: connectDatabase('GATEKEEPER_SECRET_ARN', 10_000),
    ops: connectDatabase('OPS_SECRET_ARN', 10_000),
    listVersions: async (prefix) => objects.filter(({ key }) => key.startsWith(prefix)),
    publish: async (metrics) => void published.push(...metrics),
    publishIndicators: async () => void (indicators += 1),
    tellLate: async () => 0,
    lastSuccess: {
      read: async () => lastSuccess,
      write: async (moment) => {
        lastSuccess = moment
      },
    },
    capacity: async () => [],
    code: 'townin-mlops 0',
    // The clock of the functions and that of the database are nearly the same.
    now: () => new Date((clock = Math.max(clock + 1, Date.now()))),
    ...more,
  })
}

/** What a check found about this test's model. */
function ownOf(result: CheckResult): unknown[] {
  if (result.result !== 'checked') throw new Error('It was not checked.')
  return result.findings.filter((each) => each.name === name)
}

async function outsideChanges(): Promise<string[]> {
  const { rows } = await administrator.query<{ reason: string }>(
    `select content::jsonb ->> 'reason' as reason from gate.ledger
     where name = $1 and action = 'outside-change' order by sequence`,
    [name],
  )
  return rows.map(({ reason }) => reason)
}

const figure = (metric: string) => published.find((each) => each.name === metric)?.value

describe('the check of what is in production', () => {
  it('finds nothing where alias, content and files are as the gate let them through', async () => {
    const result = await check()
    expect(ownOf(result)).toEqual([])
    expect(await outsideChanges()).toEqual([])
    expect(figure('HoursSinceSuccess')).toBe(
      published.find((each) => each.dimensions['Job'] === 'gate')?.value,
    )
    expect(lastSuccess).toBeDefined()
  })

  it('has not succeeded until it has told of moves that nobody was told of', async () => {
    const tellLate = async (): Promise<number> => Promise.reject(new Error('MLflow is away'))
    await expect(check({ tellLate })).rejects.toThrow('MLflow is away')
    expect(lastSuccess).toBeUndefined()
    // What it found is out by then.
    expect(figure('GateFindings')).toBeDefined()
    expect(await check({ tellLate: async () => 2 })).toMatchObject({ told: 2 })
    expect(lastSuccess).toBeDefined()
  })

  it('sends indicators once a day', async () => {
    await check()
    expect(indicators).toBe(0)
    await connectDatabase('OPS_SECRET_ARN', 10_000).query(
      `update ops.job_run set summary = summary || '{"indicatorsDay":"2020-01-01"}' where job = 'gate'`,
    )
    await check()
    expect(indicators).toBe(1)
  })

  it('records a file that has changed, once, and again when it comes back', async () => {
    const changed = files.map((file) => ({ ...file, versionId: 'v2' }))
    objects = changed
    expect(ownOf(await check())).toMatchObject([{ finding: 'artifacts have changed' }])
    expect(figure('GateFindings')).toBeGreaterThanOrEqual(1)
    await check()
    expect(await outsideChanges()).toEqual([
      'artifacts have changed: version 1: 1/models/m-1/artifacts/MLmodel, 1/models/m-1/artifacts/model.pkl differ from what the ledger records',
    ])
    objects = files
    expect(ownOf(await check())).toEqual([])
    objects = changed
    await check()
    expect(await outsideChanges()).toHaveLength(2)
    objects = files
    await check()
  })

  it('records a move of the alias past the gate once, also when it dies before it is noted', async () => {
    const before = (await outsideChanges()).length
    await moveOutside(2)
    const dying = check({ ops: failingAfterReading() })
    await expect(dying).rejects.toThrow('died')
    // Somebody is told all the same.
    expect(figure('GateFindings')).toBeGreaterThanOrEqual(1)
    expect(lastSuccess).toBeUndefined()
    const result = await check()
    expect(ownOf(result)).toContainEqual(
      expect.objectContaining({ finding: 'alias differs from ledger' }),
    )
    const said = (await outsideChanges()).slice(before)
    expect(said.filter((each) => each.startsWith('alias differs from ledger'))).toEqual([
      expect.stringContaining('production points to version 2; the ledger says version 1'),
    ])
    expect(said).toEqual([...new Set(said)])
    await moveOutside(1)
    expect(ownOf(await check())).toEqual([])
  })

  it('records a finding once when two checks run at the same time', async () => {
    const before = (await outsideChanges()).length
    objects = []
    await Promise.all([check(), check()])
    expect(await outsideChanges()).toHaveLength(before + 1)
    objects = files
    await check()
  })

  it('goes on after a check that found more than a row of the Data API holds', async () => {
    objects = []
    await check()
    const before = (await outsideChanges()).length
    await connectDatabase('OPS_SECRET_ARN', 10_000).query(
      `update ops.job_run set summary = jsonb_set(summary, '{findings}', (summary -> 'findings') || (
         select jsonb_agg(jsonb_build_object('finding', 'stage differs from alias', 'name', '사기 탐지', 'detail', repeat('가', 200) || number))
         from generate_series(1, 300) number)) where job = 'gate'`,
    )
    expect(ownOf(await check())).toMatchObject([{ finding: 'artifacts have changed' }])
    // What was found before is still known.
    expect(await outsideChanges()).toHaveLength(before)
    objects = files
    await check()
  })

  it('compares the files of an entry that is longer than a row of the Data API', async () => {
    const many = Array.from({ length: 60 }, (_, index): ObjectVersion => ({
      key: `2/models/${'길'.repeat(320)}/${index}`,
      size: 1,
      versionId: 'v1',
      etag: 'e'.repeat(32),
      modifiedAt: 0,
    }))
    const entry = {
      action: 'promotion',
      workspace: 'default',
      actor: 'kim',
      reason: '',
      evidence: { artifacts: artifactRecord('2/models/', many) },
    }
    await connectDatabase('GATEKEEPER_SECRET_ARN', 10_000).query(
      `select gate.approve('default', :name, 1, 2, :entry::jsonb, 60)::text`,
      { name, entry: JSON.stringify(entry) },
    )
    await setAlias(2)
    objects = many
    expect(ownOf(await check())).toEqual([])
    objects = many.slice(1)
    expect(ownOf(await check())).toMatchObject([{ finding: 'artifacts have changed' }])
    await connectDatabase('GATEKEEPER_SECRET_ARN', 10_000).query(
      `select gate.approve('default', :name, 2, 1, :entry::jsonb, 60)::text`,
      { name, entry: JSON.stringify({ ...entry, action: 'rollback', evidence: undefined }) },
    )
    await setAlias(1)
    objects = files
    expect(ownOf(await check())).toEqual([])
  })

  it('says which trigger is missing', async () => {
    await mlflow.query('alter table model_versions disable trigger gate_version')
    const result = await check()
    await mlflow.query('alter table model_versions enable always trigger gate_version')
    expect(result).toMatchObject({
      findings: expect.arrayContaining([
        {
          finding: 'trigger missing or disabled',
          name: 'model_versions',
          detail: expect.any(String),
        },
      ]),
    })
    const { rows } = await administrator.query(
      `select workload from gate.ledger where action = 'outside-change' and name = 'model_versions'`,
    )
    expect(rows).toEqual([{ workload: 'all' }])
    await check()
  })

  it('looks at the first findings of each kind, so that none hides another', async () => {
    await mlflow.query('alter table model_versions disable trigger user')
    await mlflow.query(
      `insert into model_versions (name, version, creation_time, current_stage, source, run_id)
       select $1, number, 0, 'Production', 's3://bucket/x', 'run' from generate_series(101, 400) number`,
      [name],
    )
    const result = await check()
    await mlflow.query('delete from model_versions where name = $1 and version > 100', [name])
    for (const trigger of ['gate_version', 'gate_truncate']) {
      await mlflow.query(`alter table model_versions enable always trigger ${trigger}`)
    }
    if (result.result !== 'checked') throw new Error('It was not checked.')
    const kinds = Object.groupBy(result.findings, ({ finding }) => finding)
    expect(kinds['stage differs from alias']).toHaveLength(50)
    expect(kinds['trigger missing or disabled']).toHaveLength(2)
    expect(ownOf(await check())).toEqual([])
  })

  it('leaves a database asleep that has slept since', async () => {
    const success = new Date(Date.now() - 7_200_000)
    lastSuccess = success
    const asleep = [{ at: new Date(Date.now() - 600_000), maximum: 0 }]
    const result = await check({
      config: { ...environments.prod, database: { ...environments.prod.database, minCapacity: 0 } },
      capacity: async () => asleep,
      ops: { query: () => Promise.reject(new Error('it was woken')) },
    })
    expect(result).toMatchObject({ result: 'asleep' })
    expect(figure('HoursSinceSuccess')).toBeCloseTo(0, 2)
    expect(figure('GateFindings')).toBeUndefined()
  })
})

/** The database of role ops that fails as soon as something is written. */
function failingAfterReading(): GateCheck['ops'] {
  const ops = connectDatabase('OPS_SECRET_ARN', 10_000)
  return {
    query: (sql, parameters) =>
      sql.trimStart().startsWith('select')
        ? ops.query(sql, parameters)
        : Promise.reject(new Error('died')),
  }
}
