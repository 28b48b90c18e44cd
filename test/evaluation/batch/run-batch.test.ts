import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { runBatch } from '../../../lambdas/evaluation/batch/run-batch.ts'
import { readCsvLog } from '../../../lambdas/evaluation/conformance/read-event-log.ts'
import { evaluationPlan } from '../../../lambdas/evaluation/plan.ts'
import { measure } from '../../../lambdas/evaluation/scoring/measure.ts'
import { readMeasureSetting } from '../../../lambdas/evaluation/scoring/read-measure-setting.ts'
import { bytesOf, logReferences } from '../conformance/reference.ts'
import { BatchUnfinished } from '../../../lambdas/evaluation/batch/surroundings.ts'
import { openJudge as openRealJudge } from '../../../lambdas/evaluation/judges/open-judge.ts'
import type { AnsweredRow } from '../../../lambdas/evaluation/row.ts'
import { answer, refuse, startApplication } from './application.ts'
import {
  Bucket,
  bucketWith,
  evaluationId,
  FakeJudge,
  files,
  questions,
  statements,
  surroundingsOf,
} from './batch.ts'

const right = { outputs: 'Yes.', contexts: [{ id: 'c1', text: 'Yes.' }], traceId: 'tr-1' }
const batch0 = { evaluationId, batch: 0 }
const answered: AnsweredRow = {
  id: 'q1',
  inputs: { question: 'What?' },
  outputs: 'Yes.',
  contexts: [{ id: 'c1', text: 'Yes.' }],
  traceId: 'tr-recorded',
  milliseconds: 12,
  failure: null,
}

describe('a batch that is asked', () => {
  it('becomes scored rows in its order, with every metric that is scored row by row', async () => {
    const application = await startApplication((response, { body }) =>
      body.evaluation.row === 'q2' ? refuse(response, 404) : answer(response, right),
    )
    const metrics = [
      'polite',
      'retrieval_recall',
      'graph_coverage',
      'latency',
      'answer_relevancy',
      'expected_calibration_error',
    ]
    const bucket = bucketWith({ metrics }, questions(3))
    expect(await runBatch(batch0, surroundingsOf(bucket, application.url))).toEqual({
      batch: 0,
      rows: 3,
      failed: 1,
    })
    const rows = bucket.rows()
    expect(rows.map(({ id }) => id)).toEqual(['q1', 'q2', 'q3'])
    expect(rows[0]).toMatchObject({
      outputs: 'Yes.',
      traceId: 'tr-1',
      milliseconds: 0,
      failure: null,
      inputTokens: null,
      costNanoUsd: null,
      scores: [
        { name: 'polite', score: 1 },
        { name: 'retrieval_recall', score: 0.5 },
        { name: 'latency', score: 0 },
        {
          name: 'answer_relevancy',
          score: null,
          rationale: 'It cannot score answer_relevancy.',
        },
      ],
    })
    const failure = 'The application answered 404: "no".'
    expect(rows[1]).toMatchObject({ failure, traceId: null })
    expect(rows[1]?.scores).toHaveLength(4)
    for (const score of rows[1]?.scores ?? []) {
      expect(score).toMatchObject({ score: null, rationale: failure })
    }
  })

  it('asks no more rows at the same time than its share', async () => {
    const application = await startApplication(async (response) => {
      await wait(10)
      return answer(response, right)
    })
    await runBatch(batch0, surroundingsOf(bucketWith({}, questions(20)), application.url))
    expect(application.asked).toHaveLength(20)
    expect(application.atOnce()).toBe(4)
  })

  it('saves its answers while it goes on', async () => {
    const bucket = bucketWith({}, questions(60))
    let savedMeanwhile = 0
    const application = await startApplication(async (response) => {
      await wait(2)
      const saved = bucket.objects.has(files.answers(0)) ? bucket.lines(files.answers(0)) : []
      savedMeanwhile = Math.max(savedMeanwhile, saved.length)
      return answer(response, right)
    })
    await runBatch(batch0, surroundingsOf(bucket, application.url))
    expect(savedMeanwhile).toBeGreaterThan(0)
    expect(bucket.lines(files.answers(0))).toHaveLength(60)
  })

  it('sends the secret that the environment names, without the line break at its end', async () => {
    const application = await startApplication((response) => answer(response, right))
    const surroundings = surroundingsOf(bucketWith({}, questions(1)), application.url)
    const endpoints = { graphrag: { url: application.url, secretName: 'key' } }
    const evaluation = { ...surroundings.evaluation, endpoints }
    await runBatch(batch0, { ...surroundings, evaluation })
    expect(application.asked[0]?.headers.authorization).toBe('Bearer text of key')
  })

  it('without an address fails its rows, which say so', async () => {
    const bucket = bucketWith({}, questions(2))
    const surroundings = surroundingsOf(bucket, '')
    const evaluation = { ...surroundings.evaluation, endpoints: {} }
    expect(await runBatch(batch0, { ...surroundings, evaluation })).toMatchObject({ failed: 2 })
    expect(bucket.rows()[0]?.failure).toBe(
      'The environment names no endpoint of the workload graphrag.',
    )
  })
})

describe('a batch with answers', () => {
  const request = { source: { kind: 'recorded', key: 'recorded.jsonl' } } as const

  it('is judged as it is, and nobody is asked', async () => {
    const bucket = bucketWith(request, [
      answered,
      { ...answered, id: 'q2', failure: 'Not recorded.' },
    ])
    const result = await runBatch(batch0, surroundingsOf(bucket, 'http://nowhere.invalid'))
    expect(result).toEqual({ batch: 0, rows: 2, failed: 1 })
    expect(bucket.rows()).toMatchObject([
      { traceId: 'tr-recorded', scores: [{ score: 1 }, { score: null }, { score: 12 }] },
      { failure: 'Not recorded.', scores: [{ rationale: 'Not recorded.' }, {}, {}] },
    ])
    expect(bucket.objects.has(files.answers(0))).toBe(false)
  })

  it('opens no judge where none is needed', async () => {
    const bucket = bucketWith({ ...request, metrics: ['latency', 'tokens_per_row'] }, [answered])
    const openJudge = (): Promise<never> => Promise.reject(new Error('not needed'))
    await runBatch(batch0, surroundingsOf(bucket, '', { openJudge }))
    expect(bucket.rows()[0]?.scores).toMatchObject([{ name: 'latency', score: 12 }])
  })

  it('is judged by lexical-v1 without an LLM', async () => {
    const metrics = ['faithfulness', 'answer_relevancy', 'polite']
    const contexts = [{ id: 'c1', text: 'The waiting period is 14 days.' }]
    const row = {
      ...answered,
      inputs: { question: 'How long is the waiting period?' },
      outputs: 'The waiting period is 14 days.',
      contexts,
    }
    const bucket = bucketWith({ ...request, judge: 'lexical-v1', metrics }, [row])
    const surroundings = surroundingsOf(bucket, '')
    await runBatch(batch0, {
      ...surroundings,
      openJudge: (name, needs) =>
        openRealJudge(name, {
          ...needs,
          database: surroundings.database,
          mlflow: {
            call: () => Promise.reject(new Error()),
            send: () => Promise.reject(new Error()),
          },
          secretText: surroundings.secretText,
          now: () => new Date(0),
        }),
    })
    expect(bucket.rows()[0]?.scores).toMatchObject([
      { name: 'faithfulness', score: 1, parts: { judge: 'lexical-v1' } },
      { name: 'answer_relevancy', version: 'lexical-1', score: expect.any(Number) as number },
      {
        name: 'polite',
        score: null,
        rationale: expect.stringContaining('lexical-v1') as string,
        parts: { technical: false },
      },
    ])
  })

  it('opens its judge once, with the criteria and its share of the calls', async () => {
    const opened: unknown[] = []
    const bucket = bucketWith(request, [answered, { ...answered, id: 'q2' }])
    const judge = new FakeJudge()
    const surroundings = surroundingsOf(bucket, '', {
      openJudge: (name, needs) => {
        opened.push([name, needs])
        return Promise.resolve(judge)
      },
    })
    await runBatch(batch0, surroundings)
    const criteria = [{ name: 'polite', language: 'en', question: 'Is the answer polite?' }]
    expect(opened).toEqual([['fake', { criteria, evaluationId, callsAtOnce: 4 }]])
    expect(judge.flushed).toBe(1)
  })

  it('keeps the scores of the other rows when the judge throws for one', async () => {
    class Throwing extends FakeJudge {
      override scoreRow(
        row: AnsweredRow,
        metrics: readonly string[],
      ): ReturnType<FakeJudge['scoreRow']> {
        return row.id === 'q1' ? Promise.reject(new Error('oh')) : super.scoreRow(row, metrics)
      }
    }
    const bucket = bucketWith(request, [answered, { ...answered, id: 'q2' }])
    const openJudge = (): Promise<FakeJudge> => Promise.resolve(new Throwing())
    await runBatch(batch0, surroundingsOf(bucket, '', { openJudge }))
    expect(bucket.rows().map(({ scores }) => scores[0])).toMatchObject([
      { score: null, rationale: 'The judge fake failed: oh', parts: { technical: true } },
      { score: 1 },
    ])
  })
})

describe('a batch of the cases of an event log', () => {
  const model = 'roadtraffic-inductive-top2.pnml'
  const dataset = { kind: 'event-log', log: 'roadtraffic100traces.csv', model } as const
  const request = {
    dataset,
    source: { kind: 'dataset' },
    metrics: ['conformance_fitness', 'conformance_token_fitness', 'conformance_precision'],
  } as const
  const rows = readCsvLog(bytesOf(dataset.log)).cases.map(({ id }, index) => ({
    id: `case ${index}`,
    inputs: { caseId: id, log: dataset.log, model },
    traceId: null,
    milliseconds: null,
    failure: null,
  }))

  it('is checked as a whole, and its figures are those of pm4py', async () => {
    const bucket = bucketWith({ ...request, metrics: [...request.metrics] }, rows)
    await bucket.write(dataset.log, bytesOf(dataset.log))
    await bucket.write(model, bytesOf(model))
    expect(await runBatch(batch0, surroundingsOf(bucket, ''))).toMatchObject({
      rows: 100,
      failed: 0,
    })
    const reference = logReferences.roadtraffic100
    const plan = evaluationPlan.parse(bucket.lines(files.plan)[0])
    const setting = await readMeasureSetting(bucket, plan, undefined)
    const scored = bucket.rows()
    expect(scored[0]?.scores.map(({ name }) => name)).toEqual(['conformance'])
    expect(
      request.metrics.map((metric) => measure(metric, scored, setting).value?.toFixed(12)),
    ).toEqual(
      [
        reference.alignments.log_fitness,
        reference.token_replay.log_fitness,
        reference.precision_token_replay_etc,
      ].map((expected) => expected.toFixed(12)),
    )
  })

  it('leaves its rows unscored where the log is gone', async () => {
    const bucket = bucketWith({ ...request, metrics: [...request.metrics] }, rows.slice(0, 1))
    expect(await runBatch(batch0, surroundingsOf(bucket, ''))).toMatchObject({ rows: 1, failed: 0 })
    expect(bucket.rows()[0]?.scores).toMatchObject([{ name: 'conformance', score: null }])
    expect(bucket.objects.has(files.conformance)).toBe(false)
  })

  it('aligns no case where there is no time for it, and says so', async () => {
    const bucket = bucketWith({ ...request, metrics: [...request.metrics] }, rows)
    await bucket.write(dataset.log, bytesOf(dataset.log))
    await bucket.write(model, bytesOf(model))
    let now = 0
    const surroundings = surroundingsOf(bucket, '', {
      clock: () => (now += 1),
      timeLeft: () => 120_000,
    })
    await runBatch(batch0, surroundings)
    expect(bucket.rows()[0]?.scores[0]?.rationale).toContain('was not aligned within 0 ms')
  })
})

describe('a judge that cannot hand over what it holds', () => {
  class Full extends FakeJudge {
    override flush(): Promise<void> {
      this.flushed += 1
      return Promise.reject(new Error('MLflow is away'))
    }
  }

  it('leaves the batch undone, as rows that are written are never judged again', async () => {
    const bucket = bucketWith({ source: { kind: 'outcomes', days: 1 } }, [answered])
    const openJudge = (): Promise<FakeJudge> => Promise.resolve(new Full())
    const running = runBatch(batch0, surroundingsOf(bucket, '', { openJudge }))
    await expect(running).rejects.toThrow('MLflow is away')
    expect(bucket.objects.has(files.rows(0))).toBe(false)
  })
})

describe('a batch that fails', () => {
  it('still flushes the judge, and throws what went wrong first', async () => {
    const application = await startApplication((response) => answer(response, right))
    const bucket = bucketWith({}, questions(3))
    const judge = new FakeJudge()
    const surroundings = surroundingsOf(bucket, application.url, {
      openJudge: () => Promise.resolve(judge),
      clock: () => {
        if (application.asked.length < 3) return 0
        throw new Error('the clock broke')
      },
    })
    await expect(runBatch(batch0, surroundings)).rejects.toThrow('the clock broke')
    expect(judge.flushed).toBe(1)
  })

  it.each([
    ['the plan', files.plan],
    ['the batch', files.batch(0)],
  ])('for want of %s says so', async (_name, key) => {
    const bucket = bucketWith({}, questions(1))
    bucket.objects.delete(key)
    await expect(runBatch(batch0, surroundingsOf(bucket, ''))).rejects.toThrow(
      `The artifact bucket has no object ${key}.`,
    )
  })

  it('on a line that does not fit names it', async () => {
    const bucket = bucketWith({}, questions(1))
    await bucket.write(files.batch(0), '{"id":"q1","inputs":{}}\n{"id":""}\n')
    await expect(runBatch(batch0, surroundingsOf(bucket, ''))).rejects.toThrow(
      'Line 2 does not fit.',
    )
  })
})

describe('a batch that is done', () => {
  it('is not done again', async () => {
    const bucket = new Bucket()
    await bucket.write(files.rows(0), '{"failure":null}\n{"failure":"x"}\n')
    const surroundings = surroundingsOf(bucket, '')
    expect(await runBatch(batch0, surroundings)).toEqual({ batch: 0, rows: 2, failed: 1 })
    expect(await runBatch({ ...batch0, lost: 'late' }, surroundings)).toMatchObject({ failed: 1 })
  })
})

describe('a batch of an evaluation that is cancelled', () => {
  it('before it began asks nothing and writes nothing', async () => {
    const application = await startApplication((response) => answer(response, right))
    const bucket = bucketWith({}, questions(3))
    const database = statements(() => true)
    expect(await runBatch(batch0, surroundingsOf(bucket, application.url, { database }))).toEqual({
      batch: 0,
      rows: 0,
      failed: 0,
    })
    expect(application.asked).toHaveLength(0)
    expect(bucket.objects.has(files.rows(0))).toBe(false)
  })

  it('meanwhile soon stops asking, and keeps what was answered', async () => {
    const application = await startApplication(async (response) => {
      await wait(5)
      return answer(response, right)
    })
    const bucket = bucketWith({}, questions(400))
    const judge = new FakeJudge()
    const surroundings = surroundingsOf(bucket, application.url, {
      database: statements(() => application.asked.length > 8),
      openJudge: () => Promise.resolve(judge),
    })
    expect(await runBatch(batch0, surroundings)).toEqual({ batch: 0, rows: 0, failed: 0 })
    expect(application.asked.length).toBeLessThan(100)
    expect(bucket.lines(files.answers(0))).toHaveLength(application.asked.length)
    expect(bucket.objects.has(files.rows(0))).toBe(false)
    expect(judge.flushed).toBeGreaterThan(0)
  })

  it('meanwhile soon stops judging', async () => {
    class Slow extends FakeJudge {
      override async scoreRow(
        row: AnsweredRow,
        metrics: readonly string[],
      ): ReturnType<FakeJudge['scoreRow']> {
        await wait(5)
        return super.scoreRow(row, metrics)
      }
    }
    const judge = new Slow()
    const rows = questions(400).map(({ id }) => ({ ...answered, id }))
    const bucket = bucketWith({ source: { kind: 'recorded', key: 'r' } }, rows)
    const surroundings = surroundingsOf(bucket, '', {
      database: statements(() => judge.judged.length > 8),
      openJudge: () => Promise.resolve(judge),
    })
    expect(await runBatch(batch0, surroundings)).toMatchObject({ rows: 0 })
    expect(judge.judged.length).toBeLessThan(200)
  })

  it('is not held up by a database that is away', async () => {
    const application = await startApplication((response) => answer(response, right))
    const bucket = bucketWith({}, questions(20))
    let asked = 0
    const query = (): Promise<never[]> => {
      asked += 1
      return asked === 1
        ? Promise.resolve([])
        : asked === 2
          ? Promise.reject(new Error('away'))
          : new Promise(() => {})
    }
    const surroundings = surroundingsOf(bucket, application.url, { database: { query } })
    expect(await runBatch(batch0, surroundings)).toMatchObject({ rows: 20, failed: 0 })
  })
})

describe('a batch that runs out of time', () => {
  it('ends with what was answered saved, and the next attempt asks for the rest alone', async () => {
    const application = await startApplication(async (response) => {
      await wait(5)
      return answer(response, right)
    })
    const bucket = bucketWith({}, questions(60))
    const judge = new FakeJudge()
    const timeLeft = (): number => (application.asked.length < 20 ? 900_000 : 61_000)
    const openJudge = (): Promise<FakeJudge> => Promise.resolve(judge)
    const surroundings = surroundingsOf(bucket, application.url, { openJudge, timeLeft })
    await expect(runBatch(batch0, surroundings)).rejects.toThrow(BatchUnfinished)
    const first = application.asked.length
    expect(first).toBeLessThan(60)
    expect(bucket.lines(files.answers(0))).toHaveLength(first)
    expect(judge.flushed).toBeGreaterThan(0)
    const again = { ...surroundings, timeLeft: () => 900_000 }
    expect(await runBatch(batch0, again)).toEqual({ batch: 0, rows: 60, failed: 0 })
    expect(application.asked).toHaveLength(60)
  })

  it('does not wait for a judge beyond the last moment', async () => {
    class Slow extends FakeJudge {
      override scoreRow(): Promise<never> {
        return new Promise(() => {})
      }
    }
    const bucket = bucketWith({ source: { kind: 'outcomes', days: 1 } }, [answered])
    const openJudge = (): Promise<FakeJudge> => Promise.resolve(new Slow())
    const surroundings = surroundingsOf(bucket, '', { openJudge, timeLeft: () => 30_050 })
    await expect(runBatch(batch0, surroundings)).rejects.toThrow(BatchUnfinished)
  })
})

describe('a batch that is lost', () => {
  it('becomes failed rows with the reason, which keep the traces of what was answered', async () => {
    const bucket = bucketWith({}, questions(2))
    await bucket.write(files.answers(0), `${JSON.stringify({ ...answered, id: 'q2' })}\n`)
    const result = await runBatch(
      { ...batch0, lost: 'States.Timeout: too long' },
      surroundingsOf(bucket, ''),
    )
    expect(result).toEqual({ batch: 0, rows: 2, failed: 2 })
    const failure = 'The batch was lost: States.Timeout: too long'
    expect(bucket.rows()).toMatchObject([
      { id: 'q1', failure, traceId: null, milliseconds: null },
      { id: 'q2', failure, traceId: 'tr-recorded', milliseconds: null },
    ])
    for (const { scores, outputs } of bucket.rows()) {
      expect(outputs).toBeUndefined()
      expect(scores.map(({ name }) => name)).toEqual([
        'faithfulness',
        'retrieval_recall',
        'latency',
      ])
      for (const score of scores) expect(score).toMatchObject({ score: null, rationale: failure })
    }
  })

  it('keeps the reason of a row that had failed before', async () => {
    const row = { ...answered, failure: 'Not recorded.' }
    const bucket = bucketWith({ source: { kind: 'recorded', key: 'r' } }, [row])
    await runBatch({ ...batch0, lost: 'x' }, surroundingsOf(bucket, ''))
    expect(bucket.rows()).toMatchObject([{ failure: 'Not recorded.', traceId: 'tr-recorded' }])
  })
})
