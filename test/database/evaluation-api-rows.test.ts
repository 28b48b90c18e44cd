import { describe, expect, it } from 'vitest'
import { evaluationRouteDefinitions as definitions } from '../../lambdas/evaluation/api/route-definitions.ts'
import { filesOf } from '../../lambdas/evaluation/files.ts'
import { toJsonLines } from '../../lambdas/platform/artifacts.ts'
import type { Answer } from '../platform/call.ts'
import { fitting, useEvaluationApi } from './evaluation-api.ts'

const api = useEvaluationApi()

describe('GET /ops/evaluations', () => {
  const listed = async (query: string): Promise<string[]> => {
    const answer = await api.call('GET', `/ops/evaluations?${query}`)
    expect(answer.status).toBe(200)
    fitting(definitions.list.responseSchema, answer)
    return answer.body.evaluations.map(({ id }: { id: string }) => id)
  }

  it('lists the newest first, by workload, status, subject and standing, in pages', async () => {
    const prompt = (version: string): object => ({
      subject: { kind: 'prompt-version', name: 'insurance_qa', version },
    })
    const first = await api.start({ workload: 'graphrag' })
    const second = await api.start(prompt('3'))
    const third = await api.start(prompt('4'))
    expect(await listed('')).toEqual([third, second, first])
    expect(await listed('limit=1&offset=1')).toEqual([second])
    expect(await listed('workload=graphrag')).toEqual([first])
    expect(await listed('standing=true')).toEqual([first])
    expect(await listed('subject=application')).toEqual([first])
    expect(await listed('subject=prompt-version/insurance_qa')).toEqual([third, second])
    expect(await listed('subject=prompt-version/insurance_qa/4')).toEqual([third])
    expect(await listed('status=completed')).toEqual([])
  })

  it.each([
    'workload=nothing',
    'status=done',
    'subject=prompt-version',
    "subject=x'; drop table ops.evaluation --",
    'standing=yes',
    'limit=101',
    'id=ev-1',
  ])('refuses ?%s', async (query) => {
    expect((await api.call('GET', `/ops/evaluations?${query}`)).status).toBe(400)
  })
})

describe('GET /ops/evaluations/{id}', () => {
  it('shows figures with interval, goal and verdict, in the order asked for, and how they were made', async () => {
    const id = await api.start({ metrics: ['hallucination_rate', 'faithfulness'] })
    const goal = {
      metric: 'hallucination_rate',
      comparator: 'atMost',
      target: 0.05,
      minSamples: 30,
    }
    await api.conclude(id, [
      { metric: 'faithfulness', value: 0.9 },
      { metric: 'hallucination_rate', value: 0.1, goal, verdict: 'missed' },
    ])
    const answer = await api.call('GET', `/ops/evaluations/${id}`)
    fitting(definitions.one.responseSchema, answer)
    expect(answer.body).toMatchObject({
      status: 'completed',
      datasetDigest: 'digest',
      madeWith: { judge: { name: 'lexical-v1' } },
      links: { mlflowRun: `https://front.door/#/experiments/7/runs/run-${id}` },
      figures: [
        {
          metric: 'hallucination_rate',
          value: 0.1,
          samples: 40,
          unscored: 1,
          intervalMethod: 'bootstrap',
          goal: { target: 0.05, confidence: null },
          verdict: 'missed',
        },
        { metric: 'faithfulness', goal: null, verdict: null },
      ],
    })
    expect(answer.body.figures[0].definition).toMatch(/\w+ \w+/)
  })

  it.each(['ev-nothing', 'ev-0123456789abcdefghjk'])('answers 404 for %s', async (id) => {
    expect((await api.call('GET', `/ops/evaluations/${id}`)).status).toBe(404)
  })

  it.each(['nothing', 'ev-', 'ev-x/rows/y', 'ev-X'])('answers 400 for %s', async (id) => {
    expect((await api.call('GET', `/ops/evaluations/${id}`)).status).toBe(400)
  })
})

describe('GET /ops/evaluations/{id}/rows', () => {
  const scores = [0.9, null, 0.2, 0.5, 0.2]

  async function withRows(
    more: { batches?: readonly number[]; question?: string } = {},
  ): Promise<string> {
    const id = await api.start()
    const files = filesOf(id)
    const request = (
      await api.ops.query(`select request from evaluation where evaluation_id = $1`, [id])
    ).rows[0]?.request
    await api.artifacts.write(
      files.plan,
      JSON.stringify({
        evaluationId: id,
        request,
        experimentId: '7',
        runId: 'r',
        dataset: { digest: 'digest', rows: 5, rejected: 3 },
        batches: 3,
        batchSize: 2,
        seed: 1,
      }),
    )
    const rows = scores.map((score, row) => ({
      id: `row-${row}`,
      inputs: { question: more.question ?? `question ${row}` },
      outputs: { answer: 'yes' },
      traceId: null,
      milliseconds: 12.5,
      failure: null,
      scores: [{ name: 'faithfulness', version: '1', score, rationale: '', parts: { claims: [] } }],
      inputTokens: null,
      outputTokens: 3,
      costNanoUsd: null,
    }))
    for (const batch of more.batches ?? [0, 1, 2]) {
      await api.artifacts.write(
        files.rows(batch),
        toJsonLines(rows.slice(batch * 2, batch * 2 + 2)),
      )
    }
    await api.artifacts.write(
      files.rejected,
      toJsonLines([
        { line: 3, reason: 'no JSON' },
        { line: 5, id: 'row-7', reason: 'inputs: missing' },
        // A record of MLflow has no line.
        { line: null, id: 'row-8', reason: 'inputs: missing' },
      ]),
    )
    await api.artifacts.write(
      files.scores,
      JSON.stringify({
        evaluationId: id,
        datasetDigest: 'digest',
        rows: rows.map(({ id: rowId }, row) => ({
          id: rowId,
          scores: { faithfulness: scores[row] },
          milliseconds: null,
          costNanoUsd: null,
        })),
      }),
    )
    return id
  }

  const rowsOf = async (id: string, query: string): Promise<Answer> => {
    const answer = await api.call('GET', `/ops/evaluations/${id}/rows?${query}`)
    if (answer.status === 200) fitting(definitions.rows.responseSchema, answer)
    return answer
  }
  const places = ({ body }: Answer): number[] =>
    body.rows.map(({ position }: { position: number }) => position)

  it('pages over the batches in the order of the dataset', async () => {
    const id = await withRows()
    const first = await rowsOf(id, 'limit=3')
    expect(first.body).toMatchObject({ total: 5, nextOffset: 3, notYet: 0 })
    expect(places(first)).toEqual([0, 1, 2])
    const last = await rowsOf(id, 'limit=3&offset=3')
    expect(places(last)).toEqual([3, 4])
    expect(last.body.nextOffset).toBeNull()
    expect(last.body.rows[1]).toMatchObject({
      id: 'row-4',
      inputs: { question: 'question 4' },
      contexts: null,
      scores: [{ name: 'faithfulness', score: 0.2 }],
    })
    expect((await rowsOf(id, 'offset=99')).body).toMatchObject({ rows: [], nextOffset: null })
  })

  it('shows the worst rows first, and those that could not be scored last', async () => {
    const id = await withRows()
    expect(places(await rowsOf(id, 'metric=faithfulness&order=worst'))).toEqual([2, 4, 3, 0, 1])
    expect(places(await rowsOf(id, 'metric=faithfulness&unscored=true'))).toEqual([1])
    expect(places(await rowsOf(id, 'unscored=true'))).toEqual([1])
  })

  it('shows the rows of the batches that have ended while others go on', async () => {
    const id = await withRows({ batches: [1] })
    const answer = await rowsOf(id, '')
    expect(places(answer)).toEqual([2, 3])
    expect(answer.body.notYet).toBe(3)
  })

  it('shows the rows that were rejected, by line', async () => {
    const id = await withRows()
    const answer = await rowsOf(id, 'kind=rejected&limit=2')
    expect(answer.body).toMatchObject({
      total: 3,
      rejected: [
        { line: 3, id: null, reason: 'no JSON' },
        { line: 5, id: 'row-7' },
      ],
      nextOffset: 2,
    })
    const last = await rowsOf(id, 'kind=rejected&offset=2')
    expect(last.body.rejected).toMatchObject([{ line: null, id: 'row-8' }])
  })

  it('answers with what fits, and says where to go on', async () => {
    const id = await withRows()
    const rows = Array.from({ length: 100 }, (_, row) => ({
      id: `row-${row}`,
      inputs: Object.fromEntries(
        Array.from({ length: 60 }, (_unused, n) => [`part${n}`, '"'.repeat(3_000)]),
      ),
      traceId: null,
      milliseconds: null,
      failure: null,
      scores: [],
      inputTokens: null,
      outputTokens: null,
      costNanoUsd: null,
    }))
    const files = filesOf(id)
    const plan = JSON.parse(new TextDecoder().decode(api.artifacts.objects.get(files.plan)))
    plan.dataset.rows = 100
    plan.batchSize = 100
    await api.artifacts.write(files.plan, JSON.stringify(plan))
    await api.artifacts.write(files.rows(0), toJsonLines(rows))
    const { body } = await rowsOf(id, 'limit=100')
    expect(Buffer.byteLength(JSON.stringify(JSON.stringify(body)))).toBeLessThan(6_000_000)
    expect(body.nextOffset).toBe(body.rows.length)
    expect(body.rows.length).toBeGreaterThan(10)
  })

  it('has none before the dataset was read', async () => {
    const id = await api.start()
    expect((await rowsOf(id, '')).body).toMatchObject({ total: 0, rows: [], nextOffset: null })
    expect((await rowsOf(id, 'kind=rejected')).body).toMatchObject({ total: 0 })
  })

  it.each([
    ['order=worst', 400],
    ['metric=beauty&order=worst', 400],
    ['metric=__proto__&order=worst', 400],
    ['limit=101', 400],
    ['unscored=false', 400],
    ['kind=other', 400],
  ])('answers ?%s with %d', async (query, status) => {
    expect((await rowsOf(await withRows(), query)).status).toBe(status)
  })

  it('selects rows by their scores only once there are any', async () => {
    const id = await withRows()
    api.artifacts.objects.delete(filesOf(id).scores)
    expect((await rowsOf(id, 'unscored=true')).status).toBe(409)
    expect((await api.call('GET', '/ops/evaluations/ev-nothing/rows')).status).toBe(404)
  })
})
