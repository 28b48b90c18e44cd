import { statSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { describe, expect, inject, test } from 'vitest'
import { root } from '../../local/install.mjs'
import { readStackFile } from '../../local/stack-file.ts'

const stack = inject('stack')
const control = `http://127.0.0.1:${stack.ports.control}`
const data = join(root, '.local', 'test')

const headers = {
  'content-type': 'application/json',
  authorization: `Bearer ${stack.controlToken}`,
}

const processes = async (): Promise<Map<string, number>> => {
  const response = await fetch(`${control}/processes`, { headers })
  const body = (await response.json()) as { processes: { name: string; pid: number }[] }
  return new Map(body.processes.map(({ name, pid }) => [name, pid]))
}

const ask = async (sql: string): Promise<unknown[]> => {
  const client = new Client({
    host: '127.0.0.1',
    port: stack.ports.postgres,
    ...stack.postgres,
    database: 'mlops',
  })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

describe('the local stack', () => {
  test('runs all its processes', async () => {
    expect([...(await processes()).keys()].toSorted()).toEqual([
      'connect',
      'data-api',
      'emulator',
      'llm',
      'mlflow',
      'postgres',
    ])
  })

  test('writes down addresses, outputs and keys, for its owner only', () => {
    expect(readStackFile(data)).toEqual(stack)
    for (const file of ['stack.json', 'client.env', 'administrator.json', 'postgres-password'])
      expect(statSync(join(data, file)).mode & 0o777, file).toBe(0o600)
  })

  test('has the outputs of both stacks', () => {
    expect(Object.keys(stack.outputs.data)).toEqual(
      expect.arrayContaining(['ClusterArn', 'OpsSecretArn', 'MlflowSecretArn', 'DatabaseName']),
    )
    expect(Object.keys(stack.outputs.platform)).toEqual(
      expect.arrayContaining([
        'TrackingUri',
        'ArtifactBucket',
        'ClientPolicyArn',
        'CostJobSchedule',
      ]),
    )
  })

  test("runs MLflow as the task definition's user, on its own schema", async () => {
    const rows = await ask(
      "select tableowner, schemaname from pg_tables where tablename = 'alembic_version'",
    )
    expect(rows).toEqual([{ tableowner: 'mlflow', schemaname: 'mlflow' }])
  })

  test('shows MLflow to a browser by its signing proxy', async () => {
    const response = await fetch(`http://127.0.0.1:${stack.ports.connect}/version`)
    expect([response.status, await response.text()]).toEqual([200, '3.17.2'])
  })

  test('brings Postgres back on request, with its data, under MLflow that keeps running', async () => {
    await ask('create table if not exists public.kept as select 42 as answer')
    const before = await processes()
    const response = await fetch(`${control}/processes/postgres/restart`, {
      method: 'POST',
      headers,
    })
    expect(response.status).toBe(200)
    const after = await processes()
    expect(after.get('postgres')).not.toBe(before.get('postgres'))
    expect(after.get('mlflow')).toBe(before.get('mlflow'))
    expect(await ask('select answer from public.kept')).toEqual([{ answer: 42 }])
    await ask('drop table public.kept')
  })

  test('brings MLflow back on request', async () => {
    const before = await processes()
    const response = await fetch(`${control}/processes/mlflow/restart`, {
      method: 'POST',
      headers,
    })
    expect(response.status).toBe(200)
    expect((await processes()).get('mlflow')).not.toBe(before.get('mlflow'))
    expect((await fetch(`http://127.0.0.1:${stack.ports.mlflow}/health`)).status).toBe(200)
  })
})
