import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  billedSince,
  ended,
  type Evaluation,
  orderFailures,
  readEvaluation,
  rowsOf,
  startEvaluation,
  uploadLines,
  waitFor,
} from './evaluations.ts'
import {
  askControl,
  callFrontDoor,
  output,
  processesOf,
  queryDatabase,
  restart,
  runCostJob,
  runLambda,
} from './platform.ts'

const clause = '도수치료는 연간 50회까지 보상한다. 비급여 치료의 자기부담은 30퍼센트이다.'

/** Questions whose right answer stands in their one clause; every fourth answer invents a number. */
function someRows(count: number, salt = '') {
  const dataset = Array.from({ length: count }, (_, index) => ({
    id: `row-${index}`,
    inputs: { question: `도수치료는 연간 몇 회까지 보상되나요? (${salt}${index})` },
    expectations: { relevant: ['clause-1'] },
  }))
  const recorded = dataset.map(({ id }, index) => ({
    id,
    outputs:
      index % 4 === 3
        ? `도수치료는 연간 ${200 + index}회까지 보상합니다.`
        : '도수치료는 연간 50회까지 보상한다.',
    contexts: [{ id: 'clause-1', text: `${clause} ${salt}` }],
  }))
  return { dataset, recorded }
}

/** A wish to evaluate recorded rows, with keys of its own. */
async function recordedWish(
  count: number,
  more: Readonly<Record<string, unknown>> = {},
  change: (rows: ReturnType<typeof someRows>) => {
    dataset: readonly unknown[]
    recorded: readonly unknown[]
  } = (rows) => rows,
): Promise<Record<string, unknown>> {
  const name = randomUUID()
  // What was judged before is not asked again.
  const { dataset, recorded } = change(someRows(count, name))
  await uploadLines(`datasets/e2e/${name}.jsonl`, dataset)
  await uploadLines(`recorded/e2e/${name}.jsonl`, recorded)
  return {
    workload: 'graphrag',
    dataset: { kind: 'jsonl', key: `datasets/e2e/${name}.jsonl` },
    source: { kind: 'recorded', key: `recorded/e2e/${name}.jsonl` },
    metrics: ['faithfulness'],
    ...more,
  }
}

function figure(evaluation: Evaluation, metric: string) {
  return evaluation.figures.find((each) => each.metric === metric)
}

/** What must be true of every evaluation that has ended, wherever one looks. */
async function expectOneTruth(evaluation: Evaluation): Promise<void> {
  const { id } = evaluation
  const rows = await rowsOf(id)
  expect(new Set(rows.map((row) => row.id)).size, 'each row once').toBe(rows.length)
  expect(rows).toHaveLength(evaluation.rows)
  for (const { metric, scored, unscored } of evaluation.figures) {
    expect(scored + unscored, `every row counts in ${metric}`).toBe(evaluation.rows)
  }
  // MLflow is told once the record is kept.
  await expect
    .poll(async () => (await runsOf(id)).map((run) => run.data.tags), {
      timeout: 30_000,
      interval: 500,
    })
    .toEqual([expect.arrayContaining([{ key: 'ops.evaluation.status', value: evaluation.status }])])
}

interface MlflowRun {
  readonly info: { readonly status: string }
  readonly data: { readonly tags: readonly { key: string; value: string }[] }
}

/** The runs in MLflow that are an evaluation's. */
async function runsOf(id: string): Promise<readonly MlflowRun[]> {
  const { body } = await callFrontDoor('/api/2.0/mlflow/runs/search', {
    experiment_ids: await experimentIds('graphrag'),
    filter: `tags."ops.evaluation.id" = '${id}'`,
  })
  return (body['runs'] ?? []) as MlflowRun[]
}

async function experimentIds(name: string): Promise<string[]> {
  const { body } = await callFrontDoor(
    `/api/2.0/mlflow/experiments/get-by-name?experiment_name=${name}`,
  )
  return [(body['experiment'] as { experiment_id: string }).experiment_id]
}

describe('an evaluation of recorded rows', () => {
  let evaluation: Evaluation

  beforeAll(async () => {
    evaluation = await ended(await startEvaluation(await recordedWish(40)))
  })

  it('ends completed, with n, an interval and a verdict, and says how it was made', async () => {
    expect(evaluation).toMatchObject({
      status: 'completed',
      rows: 40,
      failedRows: 0,
      judge: 'lexical-v1',
    })
    const faithfulness = figure(evaluation, 'faithfulness')
    expect(faithfulness).toMatchObject({ scored: 40, unscored: 0, verdict: 'missed' })
    expect(faithfulness?.value).toBeCloseTo(0.75, 10)
    expect(faithfulness?.lower).toBeLessThan(0.75)
    expect(faithfulness?.upper).toBeGreaterThan(0.75)
    await expectOneTruth(evaluation)
  })

  it('is no verdict on what runs: it sends no figure to CloudWatch', async () => {
    expect(evaluation.standing).toBe(false)
  })

  it('is the same one when it is asked for again with its key, and another wish is refused', async () => {
    const wish = await recordedWish(4, { idempotencyKey: randomUUID() })
    const ids = await Promise.all([
      startEvaluation(wish),
      startEvaluation(wish),
      startEvaluation(wish),
    ])
    expect(new Set(ids).size).toBe(1)
    const other = await callFrontDoor('/ops/evaluations', {
      ...wish,
      metrics: ['retrieval_precision'],
    })
    expect(other.status).toBe(409)
    await ended(ids[0] ?? '')
  })

  it('can be cancelled, and says so in MLflow too', async () => {
    const id = await startEvaluation(await recordedWish(3_000))
    await waitFor(id, ({ status }) => status === 'running')
    expect((await callFrontDoor(`/ops/evaluations/${id}/cancel`, {})).status).toBe(200)
    const cancelled = await ended(id)
    expect(cancelled.status).toBe('cancelled')
    await expect
      .poll(async () => (await runsOf(id)).map((run) => run.info.status), {
        timeout: 60_000,
        interval: 1_000,
      })
      .toEqual(['KILLED'])
  })
})

describe('broken rows', () => {
  it('are reported by line and stop no other', async () => {
    const wish = await recordedWish(10, {}, ({ dataset, recorded }) => ({
      dataset: [
        ...dataset.slice(0, 5),
        '{"id": "half',
        { id: '', inputs: {} },
        { inputs: { question: 'without id' } },
        dataset[0],
        ...dataset.slice(5),
      ],
      recorded: recorded.slice(0, 9),
    }))
    const evaluation = await ended(await startEvaluation(wish))
    expect(evaluation).toMatchObject({ status: 'incomplete', rows: 10, failedRows: 1 })
    const { body } = await callFrontDoor(`/ops/evaluations/${evaluation.id}/rows?kind=rejected`)
    expect((body['rejected'] as { line: number }[]).map(({ line }) => line)).toEqual([6, 7, 8, 9])
    expect((await rowsOf(evaluation.id)).find(({ id }) => id === 'row-9')?.failure).toMatch(
      /recorded/i,
    )
    await expectOneTruth(evaluation)
  })

  it('alone make an evaluation that failed and says why', async () => {
    const wish = await recordedWish(1, {}, ({ recorded }) => ({ dataset: ['no JSON'], recorded }))
    const evaluation = await ended(await startEvaluation(wish))
    expect(evaluation.status).toBe('failed')
    expect(evaluation.reason).toMatch(/row/i)
  })
})

describe('an LLM judge', () => {
  const judged = { judge: 'stand-in', metrics: ['faithfulness', 'rests_on_clauses'] }

  beforeEach(() => orderFailures([]))

  it('that is busy, fails and talks nonsense once still gives every score, each paid once', async () => {
    await orderFailures([
      { status: 429, retryAfterSeconds: 1 },
      500,
      'garbage',
      'close',
      'wrong-schema',
    ])
    const since = Date.now()
    const wish = await recordedWish(8, judged)
    const first = await ended(await startEvaluation(wish))
    expect(first).toMatchObject({ status: 'completed', failedRows: 0 })
    for (const metric of judged.metrics) {
      expect(figure(first, metric)).toMatchObject({ scored: 8, unscored: 0 })
    }
    await expectOneTruth(first)

    const paid = await billedSince(since)
    await runCostJob()
    const [sum] = await queryDatabase<{ calls: number; input: number; output: number }>(
      `select count(*)::integer as calls, sum(input_tokens)::integer as input, sum(output_tokens)::integer as output
       from ops.llm_call where workload = 'evaluation' and unit_type = 'evaluation' and unit_id = $1 and status = 'priced'`,
      [first.id],
    )
    expect(sum).toEqual({
      calls: paid.length,
      input: paid.reduce((total, { inputTokens }) => total + inputTokens, 0),
      output: paid.reduce((total, { outputTokens }) => total + outputTokens, 0),
    })

    const again = Date.now()
    const second = await ended(await startEvaluation(wish))
    expect(figure(second, 'faithfulness')?.value).toBe(figure(first, 'faithfulness')?.value)
    expect(await billedSince(again), 'nothing is paid twice').toEqual([])
  })

  it('that talks nonsense twice leaves that row unscored with the reason', async () => {
    await orderFailures(['garbage', 'garbage'])
    const evaluation = await ended(
      await startEvaluation(await recordedWish(1, { ...judged, metrics: ['faithfulness'] })),
    )
    expect(evaluation.status).toBe('incomplete')
    expect(figure(evaluation, 'faithfulness')).toMatchObject({
      value: null,
      scored: 0,
      unscored: 1,
      verdict: 'unproven',
    })
    const [row] = await rowsOf(evaluation.id)
    expect(row?.scores[0]?.rationale).not.toBe('')
  })

  it('that hangs is given up and asked again', async () => {
    await orderFailures(['hang'])
    const evaluation = await ended(
      await startEvaluation(await recordedWish(2, { ...judged, metrics: ['faithfulness'] })),
      200,
    )
    expect(evaluation.status).toBe('completed')
  })
})

describe('half-way dead', () => {
  it('the batch function is killed: the rest is done by its retry, and no row is scored twice', async () => {
    const id = await startEvaluation(await recordedWish(2_000))
    await waitFor(id, ({ status }) => status === 'running')
    await expect
      .poll(() => processesOf(output('BatchFunction')).length, { timeout: 30_000, interval: 50 })
      .toBeGreaterThan(0)
    for (const pid of processesOf(output('BatchFunction'))) process.kill(pid, 'SIGKILL')
    const evaluation = await ended(id, 200)
    expect(evaluation).toMatchObject({ status: 'completed', rows: 2_000, failedRows: 0 })
    await expectOneTruth(evaluation)
  })

  it('MLflow restarts in the middle: the evaluation waits for it and ends true', async () => {
    const id = await startEvaluation(await recordedWish(1_000))
    await waitFor(id, ({ status }) => status === 'running')
    await restart('mlflow')
    const evaluation = await ended(id, 200)
    expect(evaluation.status).toBe('completed')
    await expectOneTruth(evaluation)
  })

  it('the application is down: every row says so, and it works again afterwards', async () => {
    await uploadLines('datasets/e2e/down.jsonl', someRows(6).dataset)
    const wish = {
      workload: 'graphrag',
      dataset: { kind: 'jsonl', key: 'datasets/e2e/down.jsonl' },
      metrics: ['faithfulness'],
    }
    expect((await askControl('POST', '/processes/engine/stop')).status).toBe(200)
    try {
      const evaluation = await ended(await startEvaluation(wish), 280)
      expect(evaluation).toMatchObject({ status: 'failed', rows: 6, failedRows: 6 })
      const rows = await rowsOf(evaluation.id)
      expect(rows.map(({ failure }) => failure)).toEqual(
        Array.from({ length: 6 }, () =>
          expect.stringMatching(/did not answer|could not be reached|refused/i),
        ),
      )
      await expectOneTruth(evaluation)
    } finally {
      await restart('engine')
    }
    const evaluation = await ended(await startEvaluation({ ...wish, k: 3 }))
    expect(evaluation).toMatchObject({ status: 'completed', failedRows: 0 })
  })
})

it('the same schedule that fires twice, also at the same time, is one evaluation', async () => {
  const payload = { action: 'start', workload: 'golden-routine' }
  const answers = await Promise.all(
    [1, 2, 3].map(() => runLambda(output('ScheduleFunction'), payload)),
  )
  const ids = answers.map(({ result }) => result?.['evaluationId'])
  expect(new Set(ids).size).toBe(1)
  const evaluation = await ended(String(ids[0]))
  expect(['completed', 'failed']).toContain(evaluation.status)
  const rows = await queryDatabase(
    `select evaluation_id from ops.evaluation where workload = 'golden-routine' and standing`,
  )
  expect(rows).toHaveLength(1)
})

it('5,000 rows are evaluated, every one of them once', async () => {
  const evaluation = await ended(await startEvaluation(await recordedWish(5_000)), 280)
  expect(evaluation).toMatchObject({ status: 'completed', rows: 5_000, failedRows: 0 })
  expect(figure(evaluation, 'faithfulness')).toMatchObject({ scored: 5_000 })
  const page = await callFrontDoor(`/ops/evaluations/${evaluation.id}/rows?limit=100&offset=4950`)
  expect((page.body['rows'] as unknown[]).length).toBe(50)
  await pause(0)
  expect((await readEvaluation(evaluation.id)).status).toBe('completed')
})
