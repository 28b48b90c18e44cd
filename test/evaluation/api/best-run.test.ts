import { describe, expect, it } from 'vitest'
import type { Goal } from '../../../lambdas/domain/goal.ts'
import { Problem } from '../../../lambdas/domain/problem.ts'
import {
  type CandidateRun,
  rankRuns,
  verdictOfRun,
} from '../../../lambdas/evaluation/api/best-run.ts'
import { parseGoals } from '../../../lambdas/evaluation/api/goal-list.ts'
import { readMlflowRuns } from '../../../lambdas/evaluation/api/mlflow-runs.ts'
import { type Mlflow, MlflowError } from '../../../lambdas/platform/mlflow.ts'

const faithful: Goal = { metric: 'faithfulness', comparator: 'atLeast', target: 0.9 }
const latency: Goal = { metric: 'latency_p95', comparator: 'atMost', target: 500 }

function run(
  name: string,
  figures: Record<string, number | null>,
  more: Partial<CandidateRun> = {},
): CandidateRun {
  return {
    kind: 'evaluation',
    evaluationId: name,
    runId: name,
    runName: name,
    subject: { kind: 'application' },
    parameters: {},
    datasetDigest: 'd',
    finishedAt: '2026-01-01T00:00:00Z',
    figures: new Map(
      Object.entries(figures).map(([metric, value]) => [
        metric,
        { value, samples: 100, lower: null, upper: null },
      ]),
    ),
    costPerRowUsd: null,
    ...more,
  }
}

const names = (runs: readonly CandidateRun[]): string[] => runs.map(({ runId }) => runId)

describe('the best run', () => {
  it('meets all goals and is the best by the metric, in its direction', () => {
    const runs = [
      run('slow', { faithfulness: 0.99, latency_p95: 900 }),
      run('good', { faithfulness: 0.92, latency_p95: 400 }),
      run('better', { faithfulness: 0.95, latency_p95: 450 }),
      run('unfaithful', { faithfulness: 0.8, latency_p95: 100 }),
    ]
    const goals = [faithful, latency]
    const by = (order: Parameters<typeof rankRuns>[2]): string[] =>
      names(rankRuns(runs, goals, order).meeting)
    expect(by({ by: 'faithfulness', better: 'higher' })).toEqual(['better', 'good'])
    expect(by({ by: 'latency_p95', better: 'lower' })).toEqual(['good', 'better'])
  })

  it('never lacks a figure of a goal', () => {
    const runs = [
      run('absent', { faithfulness: 0.99 }),
      run('unscored', { faithfulness: 0.99, latency_p95: null }),
    ]
    expect(rankRuns(runs, [faithful, latency], { by: 'cost' })).toEqual({ meeting: [], missing: 2 })
  })

  it('is the cheaper one of two that are equally good; a cost that is not known comes last', () => {
    const runs = [
      run('unknown', { faithfulness: 0.95 }),
      run('dear', { faithfulness: 0.95 }, { costPerRowUsd: 0.2 }),
      run('cheap', { faithfulness: 0.95 }, { costPerRowUsd: 0.1 }),
      run('best', { faithfulness: 0.96 }, { costPerRowUsd: 9 }),
    ]
    const order = { by: 'faithfulness', better: 'higher' } as const
    expect(names(rankRuns(runs, [faithful], order).meeting)).toEqual([
      'best',
      'cheap',
      'dear',
      'unknown',
    ])
    expect(names(rankRuns(runs, [faithful], { by: 'cost' }).meeting)).toEqual([
      'cheap',
      'dear',
      'best',
      'unknown',
    ])
  })

  it('needs the samples that a goal asks for; a run that does not say how many it has proves no such goal', () => {
    const goal = { ...faithful, minSamples: 30 }
    const silent = run(
      'silent',
      {},
      {
        figures: new Map([['faithfulness', { value: 1, samples: null, lower: null, upper: null }]]),
      },
    )
    expect(verdictOfRun(goal, run('measured', { faithfulness: 1 }))).toBe('met')
    expect(verdictOfRun(goal, silent)).toBe('unproven')
    expect(verdictOfRun(faithful, silent)).toBe('met')
  })

  it('needs the interval that a goal asks for', () => {
    const goal = { ...faithful, confidence: 0.95 }
    const known = (lower: number): CandidateRun =>
      run(
        'known',
        {},
        {
          figures: new Map([['faithfulness', { value: 0.95, samples: 50, lower, upper: 1 }]]),
        },
      )
    expect(verdictOfRun(goal, known(0.91))).toBe('met')
    expect(verdictOfRun(goal, known(0.85))).toBe('unproven')
    expect(verdictOfRun({ ...goal, confidence: 0.99 }, known(0.91))).toBe('unproven')
  })
})

describe('a list of goals', () => {
  it('names metrics with their targets', () => {
    expect(parseGoals('faithfulness=atLeast:0.95,cost_per_row_usd=atMost:0.05')).toEqual([
      { metric: 'faithfulness', comparator: 'atLeast', target: 0.95 },
      { metric: 'cost_per_row_usd', comparator: 'atMost', target: 0.05 },
    ])
  })

  it.each([
    '',
    'faithfulness',
    'faithfulness>0.9',
    'faithfulness=atLeast:',
    'faithfulness=atLeast:NaN',
    'faithfulness=atLeast:1e999',
    'faithfulness=near:0.9',
    'a=atLeast:1,a=atMost:2',
    '__proto__=atLeast:1',
    Array.from({ length: 21 }, (_, n) => `m${n}=atLeast:1`).join(','),
  ])('%j is refused', (text) => {
    expect(() => parseGoals(text)).toThrow(Problem)
  })
})

describe('runs that applications logged by themselves', () => {
  const logged = {
    info: { run_id: 'r1', run_name: 'leiden 1.0', end_time: 1_767_225_600_000 },
    data: {
      metrics: [
        { key: 'f1', value: 0.8 },
        { key: 'faithfulness/mean', value: 0.95 },
        { key: 'faithfulness/samples', value: 40 },
        { key: 'recall', value: 'NaN' },
        { key: 'cost_per_row_usd', value: 0.01 },
      ],
      params: [{ key: 'leiden', value: '1.0' }],
      tags: [],
    },
    inputs: { dataset_inputs: [{ dataset: { digest: 'abc' } }] },
  }
  const own = {
    info: { run_id: 'r2' },
    data: { tags: [{ key: 'ops.evaluation.id', value: 'ev-1' }] },
  }

  function mlflow(answer: (path: string, values: object) => unknown): Mlflow {
    return {
      call: async <Answer>(_method: string, path: string, values: object = {}) =>
        answer(path, values) as Answer,
      send: async () => undefined,
    }
  }
  const experiment = { experiment: { experiment_id: '7' } }

  it('have the figures that are named, and not those of evaluations', async () => {
    const { runs } = await readMlflowRuns(
      mlflow((path) => (path.endsWith('search') ? { runs: [logged, own] } : experiment)),
      'graphrag',
      ['f1', 'faithfulness', 'recall', 'absent'],
    )
    expect(runs).toMatchObject([
      {
        kind: 'mlflow-run',
        runId: 'r1',
        parameters: { leiden: '1.0' },
        datasetDigest: 'abc',
        finishedAt: '2026-01-01T00:00:00.000Z',
        costPerRowUsd: 0.01,
      },
    ])
    expect(
      [...(runs[0]?.figures ?? [])].map(([metric, { value, samples }]) => [metric, value, samples]),
    ).toEqual([
      ['f1', 0.8, null],
      ['faithfulness', 0.95, 40],
      ['recall', null, null],
      ['absent', null, null],
    ])
  })

  it('are read page by page, and it is said when there are more', async () => {
    const tokens: unknown[] = []
    const { runs, truncated } = await readMlflowRuns(
      mlflow((path, values) => {
        if (!path.endsWith('search')) return experiment
        tokens.push((values as { page_token?: string }).page_token)
        return { runs: [logged], next_page_token: `after-${tokens.length}` }
      }),
      'graphrag',
      [],
    )
    expect(tokens).toEqual([undefined, 'after-1', 'after-2', 'after-3', 'after-4'])
    expect([runs.length, truncated]).toEqual([5, true])
  })

  it('are none before the experiment exists, and a 503 while MLflow is away', async () => {
    const failing = (error: MlflowError): Mlflow =>
      mlflow(() => {
        throw error
      })
    expect(
      await readMlflowRuns(failing(new MlflowError('no', 404, 'RESOURCE_DOES_NOT_EXIST')), 'x', []),
    ).toEqual({ runs: [], truncated: false })
    await expect(
      readMlflowRuns(failing(new MlflowError('away', 503, '')), 'x', []),
    ).rejects.toMatchObject({ status: 503, retryAfterSeconds: 60 })
  })
})
