import type pg from 'pg'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { isOver } from '../../lambdas/evaluation/batch/is-over.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { useDataApi } from './setup.ts'
import { connectAs } from './spans.ts'

let ops: pg.Client
let database: Database

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  ops = await connectAs('ops')
  database = connectDatabase('OPS_SECRET_ARN', 10_000)
})

afterAll(async () => {
  await ops.query(`delete from evaluation where workload = 'batch-status'`)
  await ops.end()
})

it.each([
  ['queued', false],
  ['running', false],
  ['completed', true],
  ['incomplete', true],
  ['failed', true],
  ['cancelled', true],
])('an evaluation that is %s is over: %s', async (status, over) => {
  await ops.query(
    `insert into evaluation (evaluation_id, idempotency_key, workload, standing, subject_kind, subject_name,
       subject_version, request, status, requested_by)
     values ($1, $1, 'batch-status', false, 'application', '', '', '{}', $2, 'test')`,
    [`ev-${status}`, status],
  )
  expect(await isOver(database, `ev-${status}`)).toBe(over)
})

it('an evaluation that nobody knows is not over: whoever asks is in the middle of it', async () => {
  expect(await isOver(database, 'ev-unknown')).toBe(false)
})
