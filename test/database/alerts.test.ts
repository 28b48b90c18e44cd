import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { type Evidence, readEvidence } from '../../lambdas/alerts/read-evidence.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { useDataApi } from './setup.ts'
import { connectAs } from './spans.ts'

let ops: pg.Client
let database: Database
const goal = { metric: 'faithfulness', comparator: 'atLeast', target: 0.95 }

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  ops = await connectAs('ops')
  database = connectDatabase('OPS_SECRET_ARN', 10_000)
})

afterAll(() => ops.end())

beforeEach(() => ops.query('truncate ops.evaluation cascade'))

/** An evaluation of a day of November at 17:00 UTC that took ten minutes, with its verdict on faithfulness. */
async function evaluate(
  day: number,
  verdict: 'met' | 'missed' | 'unproven',
  more: { standing?: boolean; workload?: string; metric?: string; running?: boolean } = {},
): Promise<void> {
  const id = `ev-${day}-${verdict}-${Object.values(more).join('-')}`
  const at = new Date(Date.UTC(2026, 10, day, 17))
  const workload = more.workload ?? 'graphrag'
  await ops.query(
    `insert into ops.evaluation (evaluation_id, idempotency_key, workload, standing, subject_kind, subject_name,
       subject_version, request, status, requested_by, requested_at, finished_at, experiment_id, run_id)
     values ($1, $1, $2, $3, 'application', '', '', $4, $5, 'schedule', $6, $7, '3', $8)`,
    [
      id,
      workload,
      more.standing ?? true,
      { judge: 'lexical-v1' },
      more.running ? 'running' : 'completed',
      at,
      more.running ? null : new Date(at.getTime() + 600_000),
      `run-${day}`,
    ],
  )
  await ops.query(
    `insert into ops.evaluation_metric (evaluation_id, metric, version, value, lower_bound, upper_bound,
       interval_method, scored, samples, unscored, goal, verdict)
     values ($1, $2, '1', 0.93, 0.9, 0.96, 'bootstrap', 40, 44, 2, $3, $4)`,
    [id, more.metric ?? 'faithfulness', goal, verdict],
  )
}

const read = (verdict: 'missed' | 'met', day: number): Promise<Evidence | undefined> =>
  readEvidence(database, {
    workload: 'graphrag',
    metric: 'faithfulness',
    verdict,
    changedAt: new Date(Date.UTC(2026, 10, day, 17, 11)),
  })
const since = (day: number): Date => new Date(Date.UTC(2026, 10, day, 17, 10))

describe('what a message says of a goal', () => {
  it('is what the latest standing evaluation with this verdict has found', async () => {
    await evaluate(20, 'met')
    await evaluate(21, 'missed')
    expect(await read('missed', 21)).toEqual({
      experimentId: '3',
      runId: 'run-21',
      value: 0.93,
      lower: 0.9,
      upper: 0.96,
      samples: 44,
      unscored: 2,
      judge: 'lexical-v1',
      goal,
      missedSince: since(21),
    })
  })

  it('leaves out what was no standing evaluation, another workload or another metric', async () => {
    await evaluate(20, 'missed')
    await evaluate(21, 'missed', { standing: false })
    await evaluate(21, 'missed', { workload: 'fp-copilot' })
    await evaluate(21, 'missed', { metric: 'answer_relevancy' })
    expect((await read('missed', 21))?.runId).toBe('run-20')
  })

  it('is that of the moment, even when the message is sent after the next evaluation', async () => {
    await evaluate(20, 'missed')
    await evaluate(21, 'missed')
    await evaluate(22, 'met')
    expect((await read('missed', 20))?.runId).toBe('run-20')
    expect((await read('met', 22))?.runId).toBe('run-22')
    expect(await read('met', 21)).toBeUndefined()
  })

  it('has the first of the misses without a success between them, which one without proof is not', async () => {
    await evaluate(17, 'missed')
    await evaluate(18, 'met')
    await evaluate(19, 'missed')
    await evaluate(20, 'unproven')
    await evaluate(21, 'missed')
    expect((await read('missed', 21))?.missedSince).toEqual(since(19))
  })

  it('has for a recovery since when the goal had been missed', async () => {
    await evaluate(18, 'met')
    await evaluate(19, 'missed')
    await evaluate(20, 'missed')
    await evaluate(21, 'met')
    expect((await read('met', 21))?.missedSince).toEqual(since(19))
  })

  it('is there while the evaluation is not closed yet', async () => {
    await evaluate(21, 'missed', { running: true })
    expect(await read('missed', 21)).toMatchObject({
      runId: 'run-21',
      missedSince: new Date(Date.UTC(2026, 10, 21, 17, 11)),
    })
  })

  it('is nothing where no evaluation fits', async () => {
    expect(await read('missed', 21)).toBeUndefined()
  })
})
