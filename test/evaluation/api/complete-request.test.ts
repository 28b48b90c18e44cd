import { describe, expect, it } from 'vitest'
import { environments } from '../../../config/environments.ts'
import { workloads } from '../../../config/workloads.ts'
import { Problem } from '../../../lambdas/domain/problem.ts'
import type { Workload } from '../../../lambdas/domain/workload.ts'
import { completeRequest } from '../../../lambdas/evaluation/start/complete-request.ts'
import { evaluationWish } from '../../../lambdas/evaluation/start/wish.ts'

const config = environments.local
const bare: Workload = { name: 'bare', experiment: 'bare', description: '', units: [] }
const goalless: Workload = { ...bare, name: 'goalless', benchmark: { source: { kind: 'dataset' } } }
const all = [...workloads, bare, goalless]

// The names of other workloads are no part of the schema.
const complete = (wish: object) => completeRequest(wish as never, { workloads: all, config })

function refusal(wish: object, environment = config): Problem {
  try {
    completeRequest(wish as never, { workloads: all, config: environment })
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('It was not refused.')
}

describe('a wish', () => {
  it('is completed from the benchmark: the metrics of the goals first', () => {
    expect(complete({ workload: 'graphrag' })).toEqual({
      workload: 'graphrag',
      standing: true,
      subject: { kind: 'application' },
      dataset: { kind: 'mlflow', name: 'graphrag-questions' },
      source: { kind: 'endpoint' },
      metrics: [
        'retrieval_precision',
        'faithfulness',
        'answer_relevancy',
        'graph_coverage',
        'retrieval_recall',
        'retrieval_mrr',
        'retrieval_ndcg',
        'retrieval_map',
        'rests_on_clauses',
      ],
      judge: 'lexical-v1',
      k: 1,
      parameters: {},
    })
  })

  it('has no dataset where traces or outcomes are the rows', () => {
    expect(complete({ workload: 'fraud-detector' })).toMatchObject({
      dataset: null,
      source: { kind: 'outcomes', days: 30 },
      k: 5,
    })
    expect(
      complete({ workload: 'graphrag', source: { kind: 'traces', days: 7, sample: 100 } }),
    ).toMatchObject({ dataset: null, standing: false })
  })

  it.each([
    ['spelled out', { subject: { kind: 'application' }, judge: 'lexical-v1', k: 1 }, true],
    ['another k', { k: 2 }, false],
    ['another judge', { judge: 'stand-in' }, false],
    ['fewer metrics', { metrics: ['faithfulness'] }, false],
    ['parameters', { parameters: { chunking: 'clause' } }, false],
    [
      'one version',
      { subject: { kind: 'prompt-version', name: 'insurance_qa', version: '4' } },
      false,
    ],
    ['another dataset', { dataset: { kind: 'jsonl', key: 'datasets/x.jsonl' } }, false],
  ])('with %s is standing: %s -> %s', (_what, more, standing) => {
    expect(complete({ workload: 'graphrag', ...more }).standing).toBe(standing)
  })

  it.each([
    [
      'an unknown workload',
      { workload: 'nothing' },
      'there is no workload nothing; there are graphrag',
    ],
    ['a workload without benchmark', { workload: 'bare' }, 'has no benchmark'],
    ['nothing to measure', { workload: 'goalless' }, 'no quality goals and no metrics'],
    [
      'an unknown metric',
      { workload: 'graphrag', metrics: ['beauty'] },
      'no metric or criterion beauty',
    ],
    [
      "another workload's criterion",
      { workload: 'fp-copilot', metrics: ['rests_on_clauses'] },
      'fp-copilot has no criteria: declare one',
    ],
    ['a metric named like a method', { workload: 'graphrag', metrics: ['toString'] }, 'toString'],
    [
      'an unknown judge',
      { workload: 'graphrag', judge: 'solomon' },
      'there are lexical-v1, stand-in',
    ],
    [
      'an endpoint that this environment lacks',
      { workload: 'flyer-scanner', source: { kind: 'endpoint' } },
      'evaluation.endpoints in config/environments.ts',
    ],
    [
      'traces of one version',
      {
        workload: 'graphrag',
        source: { kind: 'traces', days: 1, sample: 1 },
        subject: { kind: 'prompt-version', name: 'p', version: '1' },
      },
      'use the source endpoint or recorded',
    ],
    [
      'outcomes of one version',
      { workload: 'fraud-detector', subject: { kind: 'model-version', name: 'm', version: '1' } },
      'use the source endpoint or recorded',
    ],
    [
      'a dataset of outputs of one version',
      {
        workload: 'golden-routine',
        subject: { kind: 'model-version', name: 'm', version: '1' },
      },
      'use the source endpoint or recorded',
    ],
    [
      'traces with a dataset',
      {
        workload: 'graphrag',
        source: { kind: 'traces', days: 1, sample: 1 },
        dataset: { kind: 'mlflow', name: 'x' },
      },
      'leave it out',
    ],
    [
      'recorded outputs without a dataset',
      {
        workload: 'goalless',
        metrics: ['faithfulness'],
        source: { kind: 'recorded', key: 'recorded/x.jsonl' },
      },
      'is needed for the source recorded',
    ],
    [
      'an event log of an application',
      {
        workload: 'graphrag',
        dataset: { kind: 'event-log', log: 'datasets/x.csv', model: 'datasets/x.pnml' },
      },
      'use the source dataset',
    ],
    [
      'conformance without an event log',
      { workload: 'graphrag', metrics: ['conformance_fitness'] },
      'is measured on an event log',
    ],
    [
      'graph coverage without a graph',
      { workload: 'fp-copilot', metrics: ['graph_coverage'] },
      'needs the graph of the benchmark',
    ],
  ])('for %s is refused with what to do', (_what, wish, says) => {
    const problem = refusal(wish)
    expect(problem.status).toBe(400)
    expect(problem.detail).toContain(says)
  })

  it('for an endpoint is refused in an environment that does not name it', () => {
    expect(refusal({ workload: 'graphrag' }, environments.dev).detail).toContain('no endpoint')
  })
})

describe('the schema of a wish', () => {
  const accepts = (more: object): boolean =>
    evaluationWish.safeParse({ workload: 'graphrag', ...more }).success

  it.each(['recorded/flyer-scanner/latest.jsonl', 'recorded/a.b_c-d.jsonl'])(
    'takes the recorded key %s',
    (key) => {
      expect(accepts({ source: { kind: 'recorded', key } })).toBe(true)
    },
  )

  it.each([
    '',
    'recorded/',
    'recorded/.jsonl',
    'recorded/../datasets/x.jsonl',
    'recorded//x.jsonl',
    '/recorded/x.jsonl',
    'mlartifacts/1/run/artifacts/secret.jsonl',
    'evaluations/ev-1/plan.json',
    'recorded/x.json',
    'recorded/x.jsonl\n',
    'recorded/x\u0000.jsonl',
    'recorded/ünï.jsonl',
  ])('refuses the recorded key %j', (key) => {
    expect(accepts({ source: { kind: 'recorded', key } })).toBe(false)
  })

  it.each([
    [{ chunking: 'clause', 'leiden.resolution': '1.0' }, true],
    [{ judge: 'me' }, false],
    [{ 'judge.model': 'me' }, false],
    [{ k: '3' }, false],
    [{ seed: '3' }, false],
    [{ kind: 'x' }, true],
    [{ '1st': 'x' }, false],
    [{ a: 'x'.repeat(501) }, false],
    [Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`p${n}`, ''])), false],
    [Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`p${n}`, 'x'.repeat(500)])), false],
  ])(
    'takes parameters only that no other figure of the run is named like (%#)',
    (parameters, ok) => {
      expect(accepts({ parameters })).toBe(ok)
    },
  )

  it.each([
    [{ metrics: [] }],
    [{ metrics: ['faithfulness', 'faithfulness'] }],
    [{ k: 0 }],
    [{ k: 1e9 }],
    [{ subject: { kind: 'prompt-version', name: 'x', version: '0' } }],
    [{ subject: { kind: 'prompt-version', name: 'x' } }],
    [{ subject: { kind: 'application', name: 'x' } }],
    [{ standing: true }],
  ])('refuses %j', (more) => {
    expect(accepts(more)).toBe(false)
  })
})
