import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { conclude } from '../../lambdas/evaluation/conclude/conclude.ts'
import type { ConcludeSurroundings } from '../../lambdas/evaluation/conclude/surroundings.ts'
import { type ConcludeWish, readWish } from '../../lambdas/evaluation/conclude/wish.ts'
import { filesOf } from '../../lambdas/evaluation/files.ts'
import type { EvaluationRequest } from '../../lambdas/evaluation/plan.ts'
import { type ScoredRow, scoredRow } from '../../lambdas/evaluation/row.ts'
import { evaluationScores } from '../../lambdas/evaluation/scores.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { type Mlflow, MlflowError } from '../../lambdas/platform/mlflow.ts'
import { type FakeWorld, fakeWorld, workload } from '../evaluation/conclude/fakes.ts'
import {
  away,
  failedRow,
  request,
  row,
  scored,
  writeEvaluation,
} from '../evaluation/conclude/rows.ts'
import { useDataApi } from './setup.ts'
import { connectAs } from './spans.ts'

let ops: pg.Client
let database: Database
let world: FakeWorld
let minute = 0

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  ops = await connectAs('ops')
  database = connectDatabase('OPS_SECRET_ARN', 10_000)
})

afterAll(async () => {
  await removeAll()
  await ops.end()
})

beforeEach(async () => {
  await removeAll()
  world = fakeWorld(() => new Date(Date.UTC(2026, 10, 24, 17, minute++)))
})

async function removeAll(): Promise<void> {
  await ops.query(
    `delete from evaluation_metric where evaluation_id in (select evaluation_id from evaluation where workload = $1)`,
    [workload.name],
  )
  await ops.query(`delete from evaluation where workload = $1`, [workload.name])
}

/** An evaluation that is under way, with its run; without `batches` it was never prepared. */
async function start(
  id: string,
  batches?: readonly (readonly ScoredRow[] | null)[],
  more: {
    readonly request?: Partial<EvaluationRequest>
    readonly status?: string
    readonly rejected?: number
  } = {},
): Promise<void> {
  const asked = { ...request, ...more.request }
  const runId = batches === undefined ? '' : `run-of-${id}`
  if (batches !== undefined) {
    world.mlflow.openRun(runId, { 'ops.evaluation.id': id })
    await writeEvaluation(world.artifacts, id, batches, {
      request: asked,
      runId,
      rejected: more.rejected ?? 0,
    })
  }
  await ops.query(
    `insert into evaluation (evaluation_id, idempotency_key, workload, standing, subject_kind, subject_name,
       subject_version, request, status, requested_by, started_at, experiment_id, run_id, row_count, rejected_rows,
       made_with)
     values ($1, $1, $2, $3, 'application', '', '', $4, $5, 'schedule', now(), $6, $7, $8, $9, '{"prepared": true}')`,
    [
      id,
      workload.name,
      asked.standing,
      JSON.stringify(asked),
      more.status ?? (batches === undefined ? 'queued' : 'running'),
      batches === undefined ? '' : '7',
      runId,
      batches?.reduce((rows, batch) => rows + (batch?.length ?? 2), 0) ?? 0,
      more.rejected ?? 0,
    ],
  )
}

const surroundings = (): ConcludeSurroundings => ({ ...world, database })
const finish = (id: string, more: Partial<ConcludeWish> = {}) =>
  conclude({ evaluationId: id, isEvent: false, ...more }, surroundings())

async function recordOf(id: string) {
  const { rows } = await ops.query(
    `select status, reason, failed_rows, subject_cost_nano, judge_cost_nano, made_with, finished_at,
       announced_at is not null as announced, run_id, experiment_id
     from evaluation where evaluation_id = $1`,
    [id],
  )
  return rows[0]
}

async function figureOf(id: string, metric: string) {
  const { rows } = await ops.query(
    `select * from evaluation_metric where evaluation_id = $1 and metric = $2`,
    [id, metric],
  )
  return rows[0]
}

const typesOf = (): string[] => world.events.map(({ type }) => type)
const valueOf = (runId: string, key: string) =>
  world.mlflow.run(runId).metrics.find((metric) => metric.key === key)?.value

/** MLflow as it is when it does not come back. */
const gone: Mlflow = {
  call: () => Promise.reject(new MlflowError('MLflow is away', 0, '')),
  send: () => Promise.reject(new MlflowError('MLflow is away', 0, '')),
}

describe('an evaluation whose rows were all answered', () => {
  it('is completed, with figures, intervals and verdicts that are kept', async () => {
    await start('ev-complete', [
      [row('1'), row('2', { scores: [scored('faithfulness', 0.5), scored('is_polite', 0)] })],
      [row('3')],
    ])
    expect(await finish('ev-complete')).toEqual({
      evaluationId: 'ev-complete',
      status: 'completed',
      reason: '',
    })
    expect(await recordOf('ev-complete')).toMatchObject({
      status: 'completed',
      failed_rows: 0,
      subject_cost_nano: null,
      judge_cost_nano: '0',
      announced: true,
      made_with: {
        prepared: true,
        judge: { model: 'gpt-4o-mini' },
        k: 5,
        seed: 42,
        rowsWithCost: 0,
      },
    })
    const faithfulness = await figureOf('ev-complete', 'faithfulness')
    expect(faithfulness).toMatchObject({
      version: '1',
      interval_method: 'bootstrap',
      scored: 3,
      unscored: 0,
      samples: 3,
      goal: workload.qualityGoals?.[0],
      verdict: 'missed',
    })
    expect(faithfulness.value).toBeCloseTo(2.5 / 3, 12)
    expect(faithfulness.lower_bound).toBeLessThan(faithfulness.value)
    expect(await figureOf('ev-complete', 'is_polite')).toMatchObject({
      interval_method: 'wilson',
      goal: null,
      verdict: null,
    })
    expect(await figureOf('ev-complete', 'cost_per_row_usd')).toMatchObject({
      value: null,
      scored: 0,
      unscored: 3,
    })
  })

  it('leaves scores for comparisons, in the order of the dataset', async () => {
    await start('ev-scores', [[row('1'), failedRow('2', 'No answer.')], [row('3')]])
    await finish('ev-scores')
    const text = world.artifacts.objects.get(filesOf('ev-scores').scores) ?? ''
    expect(evaluationScores.parse(JSON.parse(text))).toEqual({
      evaluationId: 'ev-scores',
      datasetDigest: 'd1',
      rows: [
        {
          id: '1',
          scores: { faithfulness: 1, latency: 100, is_polite: 1 },
          milliseconds: 100,
          costNanoUsd: null,
        },
        {
          id: '2',
          scores: { faithfulness: null, latency: null, is_polite: null },
          milliseconds: null,
          costNanoUsd: null,
        },
        {
          id: '3',
          scores: { faithfulness: 1, latency: 100, is_polite: 1 },
          milliseconds: 100,
          costNanoUsd: null,
        },
      ],
    })
  })

  it('has a finished run with figures, parameters, goals, the rows and a description', async () => {
    await start('ev-run', [[row('1', { traceId: 'tr-1' }), row('2', { traceId: 'tr-gone' })]])
    world.mlflow.traces.set('tr-1', [])
    await finish('ev-run')
    const run = world.mlflow.run('run-of-ev-run')
    expect(run.info.status).toBe('FINISHED')
    expect(valueOf('run-of-ev-run', 'faithfulness/mean')).toBe(1)
    expect(valueOf('run-of-ev-run', 'faithfulness/scored')).toBe(2)
    expect(run.metrics.some(({ key }) => key === 'cost_per_row_usd/mean')).toBe(false)
    expect(run.params).toEqual({
      chunking: 'by clause',
      judge: 'stand-in',
      'judge.model': 'gpt-4o-mini',
      'prompt.claims': '3',
      k: '5',
      dataset: 'datasets/concluded/questions.jsonl',
      'dataset.digest': 'd1',
      source: 'endpoint',
      seed: '42',
    })
    expect(JSON.parse(run.tags['mlflow.genaiEvaluate.qualityCriteria'] ?? '')).toMatchObject({
      schemaVersion: 1,
      rules: [
        { metricKey: 'faithfulness/mean', comparator: 'GTE', threshold: 0.9 },
        { metricKey: 'latency/mean', comparator: 'LTE', threshold: 500 },
      ],
    })
    expect(run.tags['mlflow.loggedArtifacts']).toBe(
      '[{"path":"evaluation_results.json","type":"table"}]',
    )
    expect(run.tags).toMatchObject({
      'ops.evaluation.id': 'ev-run',
      'ops.evaluation.status': 'completed',
      'ops.verdict.faithfulness': 'met',
    })
    expect(run.tags['mlflow.note.content']).toContain('| faithfulness | 100.0 % |')
    const table = JSON.parse(
      world.artifacts.objects.get('7/run-of-ev-run/artifacts/evaluation_results.json') ?? '',
    ) as { columns: string[]; data: unknown[][] }
    expect(table.data).toHaveLength(2)
    expect(table.data[0]?.[table.columns.indexOf('faithfulness')]).toBe(1)
    expect(world.mlflow.traces.get('tr-1')?.map((each) => each.assessment_name)).toEqual([
      'faithfulness',
      'latency',
      'is_polite',
    ])
    expect([...world.mlflow.linked]).toEqual(['tr-1 run-of-ev-run'])
  })
})

describe('what the application’s calls took', () => {
  it('stands in the file of each row, and in the figures', async () => {
    const mlflow = await connectAs('mlflow')
    await mlflow.query(
      `insert into experiments (name, lifecycle_stage) values ('concluded', 'active')
       on conflict do nothing`,
    )
    await mlflow.query(
      `insert into trace_info (request_id, experiment_id, timestamp_ms, status, input_tokens, output_tokens)
       select 'tr-conclude-1', experiment_id, 1795000000000, 'OK', 900, 100 from experiments where name = 'concluded'`,
    )
    try {
      await start('ev-tokens', [[row('1', { traceId: 'tr-conclude-1' }), row('2')]], {
        request: { metrics: ['faithfulness', 'tokens_per_row'] },
      })
      await finish('ev-tokens')
      expect(await figureOf('ev-tokens', 'tokens_per_row')).toMatchObject({
        value: 1000,
        scored: 1,
        unscored: 1,
      })
      const text = world.artifacts.objects.get(filesOf('ev-tokens').rows(0)) ?? ''
      const [first, second] = text.split('\n', 2).map((line) => scoredRow.parse(JSON.parse(line)))
      expect(first).toMatchObject({ inputTokens: 900, outputTokens: 100, costNanoUsd: null })
      expect(first?.contexts?.[0]?.text).toBe('Theft is covered.')
      expect(second?.inputTokens).toBeNull()
    } finally {
      await mlflow.query(`delete from trace_info where request_id = 'tr-conclude-1'`)
      await mlflow.query(`delete from experiments where name = 'concluded'`)
      await mlflow.end()
    }
  })
})

describe('an evaluation that lacks something', () => {
  it('is incomplete when rows failed, with the most frequent reason', async () => {
    await start('ev-failed-rows', [
      [row('1'), failedRow('2', 'The application answered 500.')],
      [failedRow('3', 'The application answered 500.'), failedRow('4', 'It took too long.')],
    ])
    await finish('ev-failed-rows')
    expect(await recordOf('ev-failed-rows')).toMatchObject({
      status: 'incomplete',
      failed_rows: 3,
      reason: '3 of 4 rows failed: The application answered 500 (2 times, most often).',
    })
    expect(world.mlflow.run('run-of-ev-failed-rows').info.status).toBe('FINISHED')
  })

  it('is incomplete when the judge left scores open, or rows of the dataset did not fit', async () => {
    await start('ev-open', [[row('1'), row('2', { scores: [away('faithfulness')] })]], {
      rejected: 1,
    })
    await finish('ev-open')
    expect(await recordOf('ev-open')).toMatchObject({
      status: 'incomplete',
      reason:
        '1 score could not be had: The judge answered 503. 1 row of the dataset did not fit; rejected.jsonl of the evaluation says why.',
    })
    expect(await figureOf('ev-open', 'faithfulness')).toMatchObject({ scored: 1, unscored: 1 })
  })

  it('counts the rows of a batch that left no result as lost, and writes them', async () => {
    await start('ev-lost', [[row('1'), row('2')], null])
    await finish('ev-lost')
    expect(await recordOf('ev-lost')).toMatchObject({
      status: 'incomplete',
      failed_rows: 2,
      reason: '2 of 4 rows failed: The batch of this row was lost: it left no result.',
    })
    expect(await figureOf('ev-lost', 'faithfulness')).toMatchObject({ scored: 2, unscored: 2 })
    const written = world.artifacts.objects.get(filesOf('ev-lost').rows(1)) ?? ''
    expect(written.match(/"id":"1-[01]"/gu)).toEqual(['"id":"1-0"', '"id":"1-1"'])
  })

  it('has failed when nothing could be evaluated', async () => {
    await start('ev-nothing', [[failedRow('1', 'Nobody answered.')]])
    await finish('ev-nothing')
    expect(await recordOf('ev-nothing')).toMatchObject({
      status: 'failed',
      reason: '1 of 1 row failed: Nobody answered.',
    })
    expect(await figureOf('ev-nothing', 'faithfulness')).toMatchObject({ verdict: 'unproven' })
    expect(world.mlflow.run('run-of-ev-nothing').info.status).toBe('FAILED')
    expect(world.published).toEqual([])
    expect(world.successes.size).toBe(0)
    expect(typesOf()).toEqual(['EvaluationCompleted'])
  })
})

describe('an evaluation whose execution failed', () => {
  const failure = {
    Error: 'Error',
    Cause: JSON.stringify({ errorMessage: 'The dataset has no rows.', errorType: 'Error' }),
  }

  it('has failed for the reason that the function gave, and so has its run', async () => {
    await start('ev-broken', [[row('1')]])
    await conclude(readWish({ evaluationId: 'ev-broken', failure }), surroundings())
    expect(await recordOf('ev-broken')).toMatchObject({
      status: 'failed',
      reason: 'The dataset has no rows.',
      announced: true,
    })
    expect(await figureOf('ev-broken', 'faithfulness')).toBeUndefined()
    const run = world.mlflow.run('run-of-ev-broken')
    expect(run.info.status).toBe('FAILED')
    expect(run.tags).toMatchObject({
      'ops.evaluation.status': 'failed',
      'ops.evaluation.reason': 'The dataset has no rows.',
    })
    expect(world.events).toMatchObject([
      {
        type: 'EvaluationCompleted',
        detail: { status: 'failed', evaluationId: 'ev-broken', runId: 'run-of-ev-broken' },
      },
    ])
  })

  it('is seen in MLflow even if it never got a plan or a run', async () => {
    await start('ev-unprepared')
    await conclude(readWish({ evaluationId: 'ev-unprepared', failure }), surroundings())
    const { run_id: runId, experiment_id: experimentId } = await recordOf('ev-unprepared')
    expect(experimentId).toBe(world.mlflow.experiments.get('concluded'))
    expect(world.mlflow.run(runId)).toMatchObject({
      info: { status: 'FAILED' },
      tags: { 'ops.evaluation.id': 'ev-unprepared', 'ops.evaluation.status': 'failed' },
    })
  })

  it('takes the run that was opened before its id was noted', async () => {
    await start('ev-half-prepared')
    world.mlflow.experiments.set('concluded', '7')
    world.mlflow.openRun('run-opened', { 'ops.evaluation.id': 'ev-half-prepared' })
    await conclude(readWish({ evaluationId: 'ev-half-prepared', failure }), surroundings())
    expect((await recordOf('ev-half-prepared')).run_id).toBe('run-opened')
    expect(world.mlflow.run('run-opened').info.status).toBe('FAILED')
    expect(world.mlflow.runs.size).toBe(1)
  })

  it('ends without a run where its experiment was deleted', async () => {
    await start('ev-no-experiment')
    world.mlflow.experiments.set('concluded', '7')
    world.mlflow.experimentStage = 'deleted'
    await conclude(readWish({ evaluationId: 'ev-no-experiment', failure }), surroundings())
    expect(await recordOf('ev-no-experiment')).toMatchObject({
      status: 'failed',
      run_id: '',
      announced: true,
    })
    expect(typesOf()).toEqual(['EvaluationCompleted'])
  })

  it('is told where the run was deleted, and where MLflow refuses what was found', async () => {
    await start('ev-deleted', [[row('1'), row('2')]])
    world.mlflow.runs.clear()
    await finish('ev-deleted')
    await start('ev-refused', [[row('1'), row('2')]])
    const refusing: Mlflow = {
      ...gone,
      call: async (method, path, values) => {
        if (path.endsWith('log-batch')) throw new MlflowError('no such thing', 400, '')
        return world.mlflow.call(method, path, values)
      },
    }
    await conclude(
      { evaluationId: 'ev-refused', isEvent: false },
      { ...surroundings(), mlflow: refusing },
    )
    expect(world.mlflow.run('run-of-ev-refused').info.status).toBe('FINISHED')
    expect(typesOf()).toEqual(['EvaluationCompleted', 'EvaluationCompleted'])
  })

  it('tells the bus even while MLflow stays away, and is not done until MLflow knows', async () => {
    await start('ev-away', [[row('1')]])
    const caught = readWish({ evaluationId: 'ev-away', failure })
    await expect(conclude(caught, { ...surroundings(), mlflow: gone })).rejects.toThrow()
    // The state machine will try again, so nobody is told twice.
    expect(typesOf()).toEqual([])
    const wish = readWish({
      'detail-type': 'Step Functions Execution Status Change',
      detail: { name: 'ev-away', status: 'FAILED', error: failure.Error, cause: failure.Cause },
    })
    await expect(conclude(wish, { ...surroundings(), mlflow: gone })).rejects.toThrow(
      'MLflow is away',
    )
    expect(typesOf()).toEqual(['EvaluationCompleted'])
    expect(await recordOf('ev-away')).toMatchObject({ status: 'failed', announced: false })
    await conclude(wish, surroundings())
    expect(world.mlflow.run('run-of-ev-away').info.status).toBe('FAILED')
  })

  it('keeps its figures when it failed after they were kept', async () => {
    await start('ev-late-failure', [[row('1'), row('2')]])
    const broken = { ...surroundings(), sendEvents: () => Promise.reject(new Error('no bus')) }
    await expect(
      conclude({ evaluationId: 'ev-late-failure', isEvent: false }, broken),
    ).rejects.toThrow('no bus')
    await conclude(readWish({ evaluationId: 'ev-late-failure', failure }), surroundings())
    expect(await recordOf('ev-late-failure')).toMatchObject({ status: 'completed', reason: '' })
    expect(typesOf()).toEqual(['EvaluationCompleted'])
  })
})

describe('what EventBridge tells of executions', () => {
  const event = (name: string, status: string, more: object = {}) =>
    readWish({
      'detail-type': 'Step Functions Execution Status Change',
      source: 'aws.states',
      detail: { name, status, ...more },
    })

  it('fails an evaluation whose execution took too long', async () => {
    await start('ev-slow', [[row('1')]])
    await conclude(event('ev-slow', 'TIMED_OUT'), surroundings())
    expect(await recordOf('ev-slow')).toMatchObject({
      status: 'failed',
      reason: 'It took longer than an evaluation may take.',
    })
  })

  it('cancels an evaluation whose execution somebody stopped', async () => {
    await start('ev-stopped', [[row('1')]])
    await conclude(event('ev-stopped', 'ABORTED'), surroundings())
    expect(await recordOf('ev-stopped')).toMatchObject({ status: 'cancelled' })
    expect(world.mlflow.run('run-of-ev-stopped').info.status).toBe('KILLED')
    expect(world.events).toMatchObject([{ detail: { status: 'cancelled' } }])
  })

  it('leaves a cancelled evaluation cancelled, with its reason, and ends its run', async () => {
    await start('ev-cancelled', [[row('1')]], { status: 'cancelled' })
    await ops.query(
      `update evaluation set reason = 'Cancelled by Mina.', finished_at = now() where evaluation_id = 'ev-cancelled'`,
    )
    await conclude(event('ev-cancelled', 'ABORTED'), surroundings())
    expect(await recordOf('ev-cancelled')).toMatchObject({
      status: 'cancelled',
      reason: 'Cancelled by Mina.',
      announced: true,
    })
    expect(world.mlflow.run('run-of-ev-cancelled').info.status).toBe('KILLED')
    expect(world.successes.size).toBe(0)
  })

  it('says nothing new of an evaluation that was concluded', async () => {
    await start('ev-done', [[row('1'), row('2')]])
    await finish('ev-done')
    const before = await recordOf('ev-done')
    await conclude(event('ev-done', 'FAILED', { error: 'x', cause: 'y' }), surroundings())
    expect(await recordOf('ev-done')).toEqual(before)
    expect(typesOf()).toEqual(['EvaluationCompleted'])
  })

  it('is no concern of ours where the execution is no evaluation', async () => {
    expect(await conclude(event('by-hand', 'FAILED'), surroundings())).toMatchObject({
      status: 'unknown',
    })
    await expect(finish('by-hand')).rejects.toThrow('There is no evaluation by-hand.')
  })
})

describe('a standing evaluation', () => {
  const faithful = (score: number) => [
    [
      row('1', { scores: [scored('faithfulness', score)] }),
      row('2', { scores: [scored('faithfulness', score)] }),
    ],
  ]
  const unproven = [[row('1', { scores: [scored('faithfulness', 1)] })]]

  it('sends its figures to CloudWatch once, with the moment it ended', async () => {
    await start('ev-standing', faithful(0.5))
    await finish('ev-standing')
    const { finished_at: finishedAt } = await recordOf('ev-standing')
    const dimensions = { Workload: 'concluded' }
    expect(world.published).toEqual(
      [
        { name: 'GoalMissed', value: 1, dimensions: { ...dimensions, Goal: 'faithfulness' } },
        {
          name: 'QualityFigure',
          value: 0.5,
          dimensions: { ...dimensions, Metric: 'faithfulness' },
        },
        { name: 'GoalMissed', value: 0, dimensions: { ...dimensions, Goal: 'latency' } },
        { name: 'QualityFigure', value: 100, dimensions: { ...dimensions, Metric: 'latency' } },
      ].map((metric) => ({ metric: { ...metric, unit: 'None' }, at: finishedAt.toISOString() })),
    )
    expect(world.successes).toEqual(new Map([['concluded', finishedAt.toISOString()]]))
  })

  it('says nothing of a goal that is unproven but the figure', async () => {
    await start('ev-unproven', unproven)
    await finish('ev-unproven')
    expect(
      world.published
        .filter(({ metric }) => Object.values(metric.dimensions).includes('faithfulness'))
        .map(({ metric }) => metric.name),
    ).toEqual(['QualityFigure'])
  })

  it('tells of each miss with its beginning, and of the recovery, past what was unproven', async () => {
    const ends: string[] = []
    for (const [id, batches] of [
      ['ev-1', faithful(1)],
      ['ev-2', faithful(0.5)],
      ['ev-3', unproven],
      ['ev-4', faithful(0.4)],
      ['ev-5', unproven],
      ['ev-6', faithful(1)],
      ['ev-7', faithful(1)],
      ['ev-8', faithful(0.1)],
    ] as const) {
      await start(id, batches)
      await finish(id)
      ends.push((await recordOf(id)).finished_at.toISOString())
    }
    const told = world.events
      .filter(({ type }) => type !== 'EvaluationCompleted')
      .map(({ type, detail }) => [type, detail['evaluationId'], detail['since']])
    expect(told).toEqual([
      ['GoalMissed', 'ev-2', ends[1]],
      ['GoalMissed', 'ev-4', ends[1]],
      ['GoalRecovered', 'ev-6', ends[1]],
      ['GoalMissed', 'ev-8', ends[7]],
    ])
    expect(world.events.find(({ type }) => type === 'GoalMissed')?.detail).toMatchObject({
      environment: 'test',
      workload: 'concluded',
      runId: 'run-of-ev-2',
      subject: { kind: 'application' },
      metric: 'faithfulness',
      value: 0.5,
      samples: 2,
      goal: { target: 0.9 },
      verdict: 'missed',
      status: 'completed',
    })
  })

  it('is the only one that sends figures and events of goals', async () => {
    await start('ev-candidate', faithful(0.1), {
      request: {
        standing: false,
        subject: { kind: 'prompt-version', name: 'insurance_qa', version: '4' },
      },
    })
    await finish('ev-candidate')
    expect(world.published).toEqual([])
    expect(world.successes.size).toBe(0)
    expect(typesOf()).toEqual(['EvaluationCompleted'])
    expect(await figureOf('ev-candidate', 'faithfulness')).toMatchObject({ verdict: 'missed' })
    await start('ev-after', faithful(1))
    await finish('ev-after')
    expect(typesOf()).not.toContain('GoalRecovered')
  })
})

describe('dying anywhere', () => {
  /** Counts the calls to all ports, and dies in place of, or right after, one of them. */
  function dying(
    at: number,
    after: boolean,
  ): { surroundings: ConcludeSurroundings; calls: () => number } {
    let calls = 0
    const guard = <Call extends (...given: never[]) => Promise<unknown>>(call: Call): Call =>
      (async (...given: Parameters<Call>) => {
        calls += 1
        const dies = calls === at
        if (dies && !after) throw new Error('died')
        const result = await call(...given)
        if (dies) throw new Error('died')
        return result
      }) as Call
    const { mlflow, artifacts } = world
    return {
      calls: () => calls,
      surroundings: {
        ...world,
        database: { query: guard(database.query.bind(database)) },
        mlflow: { call: guard(mlflow.call.bind(mlflow)), send: mlflow.send.bind(mlflow) },
        artifacts: {
          read: guard(artifacts.read.bind(artifacts)),
          write: guard(artifacts.write.bind(artifacts)),
          list: artifacts.list.bind(artifacts),
        },
        publish: guard(world.publish),
        sendEvents: guard(world.sendEvents),
        lastSuccess: (name) => ({ write: guard(world.lastSuccess(name).write) }),
      },
    }
  }

  /** What the world must look like in the end, however often something died on the way. */
  async function found(id: string) {
    const { finished_at: finishedAt, ...record } = await recordOf(id)
    const run = world.mlflow.run(`run-of-${id}`)
    const same = (value: unknown) =>
      JSON.stringify(value).replaceAll(finishedAt.toISOString(), 'then')
    const { rows: figures } = await ops.query(
      `select metric, value, verdict from evaluation_metric where evaluation_id = $1 order by metric`,
      [id],
    )
    return {
      record,
      figures,
      run: {
        status: run.info.status,
        metrics: run.metrics.map(({ key, value }) => [key, value]),
        tags: run.tags,
      },
      assessments: [...world.mlflow.traces.values()].map((all) =>
        all.map((one) => one.assessment_name).toSorted(),
      ),
      // The same point twice is one point for CloudWatch.
      published: [...new Set(world.published.map(same))],
      // The bus may hear twice what it must hear.
      events: [...new Set(world.events.map(same))],
      successes: same([...world.successes]),
      artifacts: [...world.artifacts.objects],
    }
  }

  const begin = async (): Promise<void> => {
    await removeAll()
    minute = 0
    world = fakeWorld(() => new Date(Date.UTC(2026, 10, 24, 17, minute++)))
    world.mlflow.traces.set('tr-1', [])
    await start('ev-dying', [[row('1', { traceId: 'tr-1' }), failedRow('2', 'No answer.')], null])
  }

  it('and being called again ends as if nothing had happened', async () => {
    await begin()
    const undisturbed = dying(0, false)
    await conclude({ evaluationId: 'ev-dying', isEvent: false }, undisturbed.surroundings)
    const expected = await found('ev-dying')
    const steps = undisturbed.calls()
    expect(steps).toBeGreaterThan(20)
    for (let step = 1; step <= steps; step++) {
      for (const after of [false, true]) {
        await begin()
        const wish = { evaluationId: 'ev-dying', isEvent: false }
        await expect(
          conclude(wish, dying(step, after).surroundings),
          `step ${step}`,
        ).rejects.toThrow('died')
        await conclude(wish, surroundings())
        expect(await found('ev-dying'), `died ${after ? 'after' : 'in'} step ${step}`).toEqual(
          expected,
        )
      }
    }
  }, 300_000)

  it('once events are out and noted, nothing is told again', async () => {
    await begin()
    await finish('ev-dying')
    const { length } = world.events
    await finish('ev-dying')
    expect(world.events).toHaveLength(length)
  })
})
