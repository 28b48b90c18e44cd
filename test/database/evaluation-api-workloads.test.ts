import { describe, expect, it } from 'vitest'
import { evaluationRouteDefinitions as definitions } from '../../lambdas/evaluation/api/route-definitions.ts'
import type { Answer } from '../platform/call.ts'
import { fitting, useEvaluationApi } from './evaluation-api.ts'

const api = useEvaluationApi()

describe('GET /ops/workloads', () => {
  const goal = { metric: 'hallucination_rate', comparator: 'atMost', target: 0.05, minSamples: 30 }

  async function standing(at: string, value: number, more: object = {}): Promise<string> {
    const id = await api.start()
    await api.conclude(
      id,
      [
        {
          metric: 'hallucination_rate',
          value,
          goal,
          verdict: value <= 0.05 ? 'met' : 'missed',
          ...more,
        },
      ],
      { at },
    )
    await api.ops.query('update evaluation set requested_at = $2 where evaluation_id = $1', [
      id,
      at,
    ])
    return id
  }

  const copilot = async (): Promise<Record<string, never>> => {
    const answer = await api.call('GET', '/ops/workloads')
    fitting(definitions.workloads.responseSchema, answer)
    return answer.body.workloads.find(({ name }: { name: string }) => name === 'fp-copilot')
  }

  it('lists every workload; what was never measured is unproven', async () => {
    expect(await copilot()).toMatchObject({
      schedule: '0 2 * * ? *',
      timeZone: 'Asia/Seoul',
      latestEvaluation: null,
      goals: [
        { goal: { metric: 'hallucination_rate', target: 0.05 }, verdict: 'unproven', latest: null },
        { goal: { metric: 'citation_accuracy' }, verdict: 'unproven', latest: null },
      ],
    })
  })

  it('shows the latest verdict of its own benchmark with its age', async () => {
    await standing('2026-01-18T03:00:00Z', 0.01)
    const id = await standing('2026-01-19T03:00:00Z', 0.2)
    // An evaluation of something else says nothing of what runs.
    const other = await api.start({ k: 3 })
    await api.conclude(other, [{ metric: 'hallucination_rate', value: 0, goal, verdict: 'met' }])
    expect(await copilot()).toMatchObject({
      latestEvaluation: { id, status: 'completed' },
      goals: [
        {
          verdict: 'missed',
          latest: { evaluationId: id, value: 0.2, samples: 40, ageHours: 24 },
        },
        { verdict: 'unproven' },
      ],
    })
  })

  it('judges by the goal of today where it has changed', async () => {
    await standing('2026-01-19T03:00:00Z', 0.2, { goal: { ...goal, target: 0.3 }, verdict: 'met' })
    expect(await copilot()).toMatchObject({ goals: [{ verdict: 'missed' }, {}] })
  })

  it('keeps the last verdict when a benchmark fails, and says that it failed', async () => {
    const id = await standing('2026-01-18T03:00:00Z', 0.01)
    const failed = await api.start()
    await api.conclude(failed, [], { status: 'failed', at: '2026-01-19T03:00:00Z' })
    expect(await copilot()).toMatchObject({
      latestEvaluation: { id: failed, status: 'failed' },
      goals: [{ verdict: 'met', latest: { evaluationId: id } }, {}],
    })
  })

  it('shows the trend of one, oldest first', async () => {
    for (let day = 10; day < 45; day++) {
      await standing(new Date(Date.UTC(2025, 11, day)).toISOString(), day / 1_000)
    }
    const answer = await api.call('GET', '/ops/workloads/fp-copilot')
    fitting(definitions.workload.responseSchema, answer)
    const points = answer.body.trend[0].points
    expect(points).toHaveLength(30)
    expect([points[0].value, points[29].value]).toEqual([0.015, 0.044])
    expect(points[0]).toMatchObject({ verdict: 'met', samples: 40 })
    expect(answer.body.benchmark).toMatchObject({ source: { kind: 'endpoint' }, k: 5 })
  })

  it('answers 400 for one that is not declared', async () => {
    expect((await api.call('GET', '/ops/workloads/nothing')).status).toBe(400)
  })
})

describe('GET /ops/workloads/{workload}/best-run', () => {
  async function tried(
    chunking: string,
    value: number,
    more: { at?: string; costNano?: number; status?: string } = {},
  ): Promise<string> {
    const id = await api.start({ workload: 'graphrag', parameters: { chunking } })
    await api.conclude(id, [{ metric: 'faithfulness', value }], {
      madeWith: { rowsWithCost: 40 },
      ...more,
    })
    return id
  }

  const best = async (query: string): Promise<Answer> => {
    const answer = await api.call('GET', `/ops/workloads/graphrag/best-run?${query}`)
    if (answer.status === 200) fitting(definitions.bestRun.responseSchema, answer)
    return answer
  }

  it('picks the chunking strategy that meets the goal best, ties by cost', async () => {
    await tried('fixed', 0.91, { costNano: 4_000_000_000 })
    const clause = await tried('clause', 0.97, { costNano: 8_000_000_000 })
    const cheap = await tried('paragraph', 0.97, { costNano: 2_000_000_000 })
    await tried('page', 0.5)
    const { body } = await best('goals=faithfulness=atLeast:0.9')
    expect(body).toMatchObject({
      orderBy: 'faithfulness',
      meeting: 3,
      considered: 4,
      best: {
        evaluationId: cheap,
        parameters: { chunking: 'paragraph' },
        figures: [{ metric: 'faithfulness', value: 0.97, verdict: 'met' }],
        costPerRowUsd: 0.05,
      },
      runs: [{}, { evaluationId: clause }, { parameters: { chunking: 'fixed' } }],
    })
  })

  it('takes the latest of several tries of the same, not the luckiest', async () => {
    await tried('clause', 0.99, { at: '2026-01-18T00:00:00Z' })
    const latest = await tried('clause', 0.92, { at: '2026-01-19T00:00:00Z' })
    await tried('clause', 0.5, { at: '2026-01-19T12:00:00Z', status: 'failed' })
    const { body } = await best('goals=faithfulness=atLeast:0.9')
    expect(body).toMatchObject({ considered: 1, best: { evaluationId: latest } })
  })

  it('looks at runs that applications logged, too', async () => {
    await tried('clause', 0.92)
    api.mlflowRuns = [
      {
        info: { run_id: 'r1', run_name: 'leiden 1.2' },
        data: {
          metrics: [{ key: 'faithfulness', value: 0.98 }],
          params: [{ key: 'leiden', value: '1.2' }],
        },
      },
    ]
    const { body } = await best('goals=faithfulness=atLeast:0.9')
    expect(body.best).toMatchObject({
      kind: 'mlflow-run',
      runId: 'r1',
      parameters: { leiden: '1.2' },
      figures: [{ metric: 'faithfulness', value: 0.98, samples: null }],
    })
  })

  it('knows none where a figure of a current goal is missing', async () => {
    await tried('clause', 1)
    expect((await best('')).body).toMatchObject({ best: null, runs: [], meeting: 0, missing: 1 })
  })

  it.each([
    'goals=faithfulness',
    'goals=beauty=atLeast:1&orderBy=ugliness',
    'orderBy=__proto__',
    'goals=',
    'order=cost',
  ])('refuses ?%s', async (query) => {
    expect((await best(query)).status).toBe(400)
  })
})
