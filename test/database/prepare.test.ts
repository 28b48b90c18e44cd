import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { filesOf } from '../../lambdas/evaluation/files.ts'
import { evaluationPlan, type EvaluationRequest } from '../../lambdas/evaluation/plan.ts'
import { prepareEvaluation } from '../../lambdas/evaluation/prepare/prepare-evaluation.ts'
import type { PrepareSurroundings } from '../../lambdas/evaluation/prepare/surroundings.ts'
import { answeredRow, datasetRow } from '../../lambdas/evaluation/row.ts'
import { fromJsonLines } from '../../lambdas/platform/artifacts.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import type { Mlflow } from '../../lambdas/platform/mlflow.ts'
import { artifactsInMemory } from '../evaluation/prepare/artifacts-in-memory.ts'
import { Ended, endingAt } from '../evaluation/prepare/mortal.ts'
import { TrackingInMemory } from '../evaluation/prepare/tracking-in-memory.ts'
import { useDataApi } from './setup.ts'
import { connectAs } from './spans.ts'

const workload: Workload = {
  name: 'prepared',
  experiment: 'prepared-experiment',
  description: 'Whose evaluations are prepared.',
  units: [{ type: 'query' }],
  qualityGoals: [{ metric: 'faithfulness', comparator: 'atLeast', target: 0.95 }],
}
const key = 'datasets/prepared/questions.jsonl'
const files = filesOf('ev-1')
const lines = Array.from({ length: 23 }, (_, index) =>
  JSON.stringify({
    id: `q-${index}`,
    inputs: { question: `${index}?` },
    outputs: 'an old answer',
    contexts: [{ id: 'c-1', text: 'of an old answer' }],
    expectations: { answer: `${index}` },
  }),
)

let ops: pg.Client
let database: Database
let artifacts: ReturnType<typeof artifactsInMemory>
let mlflow: TrackingInMemory

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  ops = await connectAs('ops')
  database = connectDatabase('OPS_SECRET_ARN', 10_000)
})

afterAll(async () => {
  await removeAll()
  await ops.end()
})

beforeEach(renew)

async function renew() {
  await removeAll()
  artifacts = artifactsInMemory({ [key]: `${lines.join('\n')}\nbroken\n` })
  mlflow = new TrackingInMemory()
}

async function removeAll() {
  await ops.query(`delete from evaluation where workload = $1`, [workload.name])
}

async function ask(more: Partial<EvaluationRequest> = {}, status = 'queued') {
  const request: EvaluationRequest = {
    workload: workload.name,
    standing: false,
    subject: { kind: 'application' },
    dataset: { kind: 'jsonl', key },
    source: { kind: 'endpoint' },
    metrics: ['faithfulness'],
    judge: 'lexical-v1',
    k: 5,
    parameters: { chunking: 'by clause' },
    ...more,
  }
  const { subject } = request
  await ops.query(
    `insert into evaluation (evaluation_id, idempotency_key, workload, standing, subject_kind, subject_name,
       subject_version, request, status, requested_by, requested_at)
     values ('ev-1', 'ev-1', $1, false, $2, '', '', $3, $4, 'arn:aws:iam::0:user/me', '2026-11-24T00:00:00Z')`,
    [workload.name, subject.kind, JSON.stringify(request), status],
  )
}

const surroundings = (): PrepareSurroundings => ({
  workloads: [workload],
  database,
  artifacts,
  artifactBucket: 'bucket',
  mlflow,
  batchesAtOnce: 1,
  now: () => new Date('2026-11-24T01:00:00Z'),
  log: () => undefined,
})
const prepare = (more: Partial<PrepareSurroundings> = {}) =>
  prepareEvaluation('ev-1', { ...surroundings(), ...more })

async function recordOf() {
  const { rows } = await ops.query(
    `select status, started_at, experiment_id, run_id, dataset_digest, row_count, rejected_rows, batches
     from evaluation where evaluation_id = 'ev-1'`,
  )
  return rows[0]
}

function textOf(file: string): string {
  const bytes = artifacts.files.get(file)
  if (bytes === undefined) throw new Error(`No ${file} was written.`)
  return new TextDecoder().decode(bytes)
}

const skipped = {
  evaluationId: 'ev-1',
  items: [],
  large: false,
  rows: 0,
  secondsForTraces: 0,
  skip: true,
}

/** All that an evaluation leaves behind, with its run under one name whichever it is. */
async function leftBehind() {
  const record = await recordOf()
  const runs = mlflow
    .activeRuns()
    .map(({ id, ...run }) => ({ ...run, isKept: id === record.run_id }))
  return {
    files: Object.fromEntries(
      [...artifacts.files.keys()]
        .filter((file) => file.startsWith('evaluations/'))
        .map((file) => [file, textOf(file).replaceAll(record.run_id, 'the run')]),
    ),
    runs,
    record: { ...record, run_id: 'the run' },
  }
}

describe('preparing an evaluation', () => {
  it('hands over its batches, and keeps what it is made of', async () => {
    await ask()
    const prepared = await prepare()
    expect(prepared).toEqual({
      evaluationId: 'ev-1',
      items: [0, 1, 2, 3].map((batch) => ({ evaluationId: 'ev-1', batch })),
      large: false,
      rows: 23,
      secondsForTraces: 20,
      skip: false,
    })
    const record = await recordOf()
    const plan = evaluationPlan.parse(JSON.parse(textOf(files.plan)))
    expect(record).toMatchObject({
      status: 'running',
      started_at: new Date('2026-11-24T01:00:00Z'),
      experiment_id: '1',
      run_id: 'run-1',
      dataset_digest: plan.dataset.digest,
      row_count: 23,
      rejected_rows: 1,
      batches: 4,
    })
    expect(plan).toMatchObject({
      evaluationId: 'ev-1',
      experimentId: '1',
      runId: 'run-1',
      dataset: { rows: 23, rejected: 1 },
      batches: 4,
      batchSize: 6,
    })
    expect(fromJsonLines(textOf(files.rejected))).toEqual([
      { line: 24, reason: expect.stringContaining('is not JSON') },
    ])
  })

  it('hands over rows to be asked without the answers that are in the dataset', async () => {
    await ask()
    await prepare()
    const rows = [0, 1, 2, 3].flatMap((batch) => fromJsonLines(textOf(files.batch(batch))))
    expect(rows.map((row) => datasetRow.parse(row).id)).toEqual(lines.map((_, i) => `q-${i}`))
    expect(rows[0]).toEqual({
      id: 'q-0',
      inputs: { question: '0?' },
      expectations: { answer: '0' },
    })
  })

  it('hands over the answers of the dataset where they are what is judged', async () => {
    await ask({ source: { kind: 'dataset' } })
    await prepare()
    const [row] = fromJsonLines(textOf(files.batch(0)))
    expect(answeredRow.parse(row)).toMatchObject({ outputs: 'an old answer', failure: null })
  })

  it('joins what was recorded, and counts lines that belong to no row', async () => {
    const recording = 'recorded/prepared/latest.jsonl'
    await artifacts.write(
      recording,
      [
        { id: 'q-0', outputs: 'A' },
        { id: 'z', outputs: 'Z' },
      ]
        .map((row) => JSON.stringify(row))
        .join('\n'),
    )
    await ask({ source: { kind: 'recorded', key: recording } })
    await prepare()
    const rows = [0, 1, 2, 3]
      .flatMap((batch) => fromJsonLines(textOf(files.batch(batch))))
      .map((row) => answeredRow.parse(row))
    expect(rows[0]).toMatchObject({ outputs: 'A', expectations: { answer: '0' }, failure: null })
    expect(rows.filter(({ failure }) => failure !== null)).toHaveLength(22)
    expect(await recordOf()).toMatchObject({ row_count: 23, rejected_rows: 2 })
    expect(mlflow.activeRuns()[0]?.params.get('source.digest')).toMatch(/^[0-9a-f]{64}$/)
  })

  it('reads a dataset of MLflow', async () => {
    mlflow.records = [
      { dataset_record_id: 'dr-1', inputs: { question: 'a' }, outputs: {}, tags: { id: 'q-1' } },
    ]
    await ask({ dataset: { kind: 'mlflow', name: 'questions' } })
    expect(await prepare()).toMatchObject({ rows: 1, items: [{ batch: 0 }] })
    expect([...(mlflow.activeRuns()[0]?.inputs.values() ?? [])]).toMatchObject([
      { dataset: { name: 'questions', source_type: 'mlflow_evaluation_dataset' } },
    ])
  })

  it('opens a run that says what is evaluated and with what', async () => {
    await ask()
    await prepare()
    const digest = (await recordOf()).dataset_digest as string
    const [run] = mlflow.activeRuns()
    expect(run?.name).toBe('benchmark prepared application')
    expect(Object.fromEntries(run?.tags ?? [])).toEqual({
      'ops.evaluation.id': 'ev-1',
      'ops.evaluation.status': 'running',
      'ops.subject.kind': 'application',
      'ops.dataset.digest': digest,
      'mlflow.user': 'arn:aws:iam::0:user/me',
      'mlflow.genaiEvaluate.qualityCriteria': expect.stringContaining(
        '"rules":[{"metricKey":"faithfulness/mean","comparator":"GTE","threshold":0.95}]',
      ),
    })
    expect(Object.fromEntries(run?.params ?? [])).toEqual({
      chunking: 'by clause',
      judge: 'lexical-v1',
      k: '5',
      dataset: key,
      'dataset.digest': digest,
      source: 'endpoint',
      seed: expect.stringMatching(/^\d+$/),
    })
    expect([...(run?.inputs.values() ?? [])]).toEqual([
      {
        tags: [{ key: 'mlflow.data.context', value: 'evaluation' }],
        dataset: {
          name: key,
          digest: digest.slice(0, 36),
          source_type: 's3',
          source: `{"uri":"s3://bucket/${key}"}`,
        },
      },
    ])
  })
})

describe('an evaluation of which nothing can be made', () => {
  it.each([
    ['its dataset is absent', { dataset: { kind: 'jsonl', key: 'datasets/none' } }, 'Upload it'],
    ['it has no dataset', { dataset: null }, 'Name one in the benchmark of prepared'],
    [
      'its recording is absent',
      { source: { kind: 'recorded', key: 'recorded/none' } },
      'no object recorded/none, which should be the recording',
    ],
    ['its workload is gone', { workload: 'gone' }, 'gone is not in config/workloads.ts any more'],
  ] as const)('says what to do when %s', async (_, more, message) => {
    await ask(more)
    await expect(prepare()).rejects.toMatchObject({
      name: 'UnusableInput',
      message: expect.stringContaining(message),
    })
  })

  it('has a run already, so that its failure is seen in MLflow', async () => {
    await ask({ dataset: { kind: 'jsonl', key: 'datasets/none' } })
    await expect(prepare()).rejects.toThrow('Upload it')
    expect(await recordOf()).toMatchObject({ status: 'running', run_id: 'run-1', row_count: 0 })
  })

  it('that is not known is an error', async () => {
    await expect(prepareEvaluation('ev-none', surroundings())).rejects.toThrow(
      'There is no evaluation ev-none.',
    )
  })
})

describe('an evaluation that is over', () => {
  it.each(['completed', 'incomplete', 'failed', 'cancelled'])(
    'is left alone when it is %s',
    async (status) => {
      await ask({}, status)
      expect(await prepare()).toEqual(skipped)
      expect(await recordOf()).toMatchObject({ status, run_id: '', started_at: null })
      expect(mlflow.runs.size).toBe(0)
      expect([...artifacts.files.keys()]).toEqual([key])
    },
  )

  /** MLflow, at one of whose calls somebody cancels. */
  const cancellingAt = (path: string): Mlflow => ({
    send: () => mlflow.send(),
    async call(method, called, values) {
      if (called === path) {
        await ops.query(`update evaluation set status = 'cancelled' where evaluation_id = 'ev-1'`)
      }
      return mlflow.call(method, called, values)
    },
  })

  it('while its run was being opened leaves no run under way', async () => {
    await ask()
    expect(await prepare({ mlflow: cancellingAt('/api/2.0/mlflow/runs/create') })).toEqual(skipped)
    expect(mlflow.activeRuns()).toMatchObject([{ status: 'KILLED' }])
    expect(mlflow.activeRuns()[0]?.tags.get('ops.evaluation.status')).toBe('cancelled')
    expect(await recordOf()).toMatchObject({ status: 'cancelled', run_id: '' })
  })

  it('while preparing was done again keeps the run that it had, and no other', async () => {
    await ask()
    await prepare()
    const [run] = mlflow.activeRuns()
    if (run === undefined) throw new Error('No run was opened.')
    // It comes before the kept one in every order.
    mlflow.runs.set('run-0', { ...run, id: 'run-0' })
    expect(await prepare({ mlflow: cancellingAt('/api/2.0/mlflow/runs/search') })).toEqual(skipped)
    expect(mlflow.activeRuns()).toMatchObject([{ id: 'run-1', status: 'RUNNING' }])
  })

  it('while its rows were being written has no batches any more', async () => {
    await ask()
    expect(await prepare({ mlflow: cancellingAt('/api/2.0/mlflow/runs/log-inputs') })).toEqual(
      skipped,
    )
    expect(await recordOf()).toMatchObject({ status: 'cancelled', run_id: 'run-1', row_count: 0 })
  })
})

describe('preparing that is ended in the middle and done again', () => {
  it.each(['before', 'after'] as const)(
    'gives the same files and one run, wherever it was ended (%s a call has its effect)',
    async (moment) => {
      await ask()
      const reference = await prepare()
      const wanted = await leftBehind()
      let ended = 0
      for (let call = 1; ; call += 1) {
        await renew()
        await ask()
        const outcome = await prepare(endingAt(surroundings(), call, moment)).catch(
          (error: unknown) => error,
        )
        if (!(outcome instanceof Ended)) break
        ended += 1
        expect(await prepare()).toEqual(reference)
        expect(await leftBehind(), `ended at call ${call}`).toEqual(wanted)
      }
      expect(ended).toBeGreaterThan(15)
    },
  )

  it.each(['before', 'after'] as const)(
    'gives the same when it is ended again and again, one call later each time (%s)',
    async (moment) => {
      await ask()
      const reference = await prepare()
      const wanted = await leftBehind()
      await renew()
      await ask()
      let outcome: unknown
      for (let call = 1; call === 1 || outcome instanceof Ended; call += 1) {
        outcome = await prepare(endingAt(surroundings(), call, moment)).catch(
          (error: unknown) => error,
        )
      }
      expect(outcome).toEqual(reference)
      expect(await leftBehind()).toEqual(wanted)
    },
  )

  it('keeps the plan that was written, whatever became of the dataset since', async () => {
    await ask()
    const first = await prepare()
    const wanted = await leftBehind()
    artifacts.files.delete(key)
    expect(await prepare()).toEqual(first)
    expect(await leftBehind()).toEqual(wanted)
  })

  it('keeps one run when a call to open it was repeated because its answer was lost', async () => {
    await ask()
    let times = 0
    const repeating: Mlflow = {
      send: () => mlflow.send(),
      async call(method, path, values) {
        if (path.endsWith('/runs/create')) {
          times += 1
          await mlflow.call(method, path, values)
        }
        return mlflow.call(method, path, values)
      },
    }
    await prepare({ mlflow: repeating })
    expect(times).toBe(1)
    expect(mlflow.runs.size).toBe(2)
    expect(mlflow.activeRuns().map(({ id }) => id)).toEqual([(await recordOf()).run_id])
  })

  it('stays with the run that is kept when another one turns up', async () => {
    await ask()
    await prepare()
    const { run_id: kept } = await recordOf()
    const [run] = mlflow.activeRuns()
    if (run === undefined) throw new Error('No run was opened.')
    // It comes before the kept one in every order.
    mlflow.runs.set('run-0', { ...run, id: 'run-0' })
    await prepare()
    expect(mlflow.activeRuns().map(({ id }) => id)).toEqual([kept])
    expect(await recordOf()).toMatchObject({ run_id: kept })
  })
})
