import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../local/install.mjs'
import { readStackFile } from '../../local/stack-file.ts'
import { askControl, queryDatabase, restart, stack } from './platform.ts'

const data = join(root, '.local', 'test')

const processes = async (): Promise<Map<string, number>> => {
  const response = await askControl('GET', '/processes')
  const body = (await response.json()) as { processes: { name: string; pid: number }[] }
  return new Map(body.processes.map(({ name, pid }) => [name, pid]))
}

describe('the local stack', () => {
  test('runs all its processes', async () => {
    expect([...(await processes()).keys()].toSorted()).toEqual([
      'connect',
      'data-api',
      'emulator',
      'engine',
      'llm',
      'mlflow',
      'postgres',
      'slack',
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
        'ReleasePolicyArn',
      ]),
    )
  })

  test("runs MLflow as the task definition's user, on its own schema", async () => {
    const rows = await queryDatabase(
      "select tableowner, schemaname from pg_tables where tablename = 'alembic_version'",
    )
    expect(rows).toEqual([{ tableowner: 'mlflow', schemaname: 'mlflow' }])
  })

  test('shows MLflow to a browser by its signing proxy', async () => {
    const response = await fetch(`http://127.0.0.1:${stack.ports.connect}/version`)
    expect([response.status, await response.text()]).toEqual([200, '3.17.2'])
  })

  test('brings Postgres back on request, with its data, under MLflow that keeps running', async () => {
    await queryDatabase('create table if not exists public.kept as select 42 as answer')
    const before = await processes()
    await restart('postgres')
    const after = await processes()
    expect(after.get('postgres')).not.toBe(before.get('postgres'))
    expect(after.get('mlflow')).toBe(before.get('mlflow'))
    expect(await queryDatabase('select answer from public.kept')).toEqual([{ answer: 42 }])
    await queryDatabase('drop table public.kept')
  })

  test('brings MLflow back on request', async () => {
    const before = await processes()
    await restart('mlflow')
    expect((await processes()).get('mlflow')).not.toBe(before.get('mlflow'))
    expect((await fetch(`http://127.0.0.1:${stack.ports.mlflow}/health`)).status).toBe(200)
  })
})
