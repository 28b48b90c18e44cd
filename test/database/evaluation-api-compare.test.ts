import { describe, expect, it } from 'vitest'
import { evaluationRouteDefinitions as definitions } from '../../lambdas/evaluation/api/route-definitions.ts'
import { filesOf } from '../../lambdas/evaluation/files.ts'
import type { Answer } from '../platform/call.ts'
import { fitting, useEvaluationApi } from './evaluation-api.ts'

const api = useEvaluationApi()

describe('POST /ops/comparisons', () => {
  async function evaluated(
    values: Record<string, readonly (number | null)[]>,
    more: {
      wish?: object
      digest?: string
      version?: string
      status?: string
      first?: number
      judge?: object
    } = {},
  ): Promise<string> {
    const id = await api.start(more.wish)
    await api.conclude(
      id,
      Object.keys(values).map((metric) => ({ metric, value: 0.5, version: more.version ?? '1' })),
      {
        digest: more.digest ?? 'digest',
        status: more.status ?? 'completed',
        madeWith: { judge: { name: 'lexical-v1', model: '', embeddingModel: '', ...more.judge } },
      },
    )
    const rows = Object.values(values)[0] ?? []
    await api.artifacts.write(
      filesOf(id).scores,
      JSON.stringify({
        evaluationId: id,
        datasetDigest: 'digest',
        rows: rows.map((_, row) => ({
          id: `row-${row + (more.first ?? 0)}`,
          scores: Object.fromEntries(
            Object.entries(values).map(([metric, list]) => [metric, list[row] ?? null]),
          ),
          milliseconds: 100,
          costNanoUsd: null,
        })),
      }),
    )
    return id
  }

  const low = Array.from({ length: 10 }, (_, n) => n / 100)
  const high = low.map((score) => score + 0.5)

  const compare = async (
    baseline: string,
    candidate: string,
    workload = 'fp-copilot',
  ): Promise<Answer> => api.call('POST', '/ops/comparisons', { workload, baseline, candidate })

  it('pairs two prompt versions row by row and gives a verdict on each metric', async () => {
    const subject = (version: string): object => ({
      subject: { kind: 'prompt-version', name: 'insurance_qa', version },
    })
    const baseline = await evaluated(
      { faithfulness: low, hallucination_rate: low.map(() => 0) },
      { wish: subject('3') },
    )
    const candidate = await evaluated(
      { faithfulness: high, hallucination_rate: low.map(() => 1) },
      { wish: subject('4'), status: 'incomplete' },
    )
    const answer = await compare(baseline, candidate)
    expect(answer.status).toBe(200)
    fitting(definitions.compare.responseSchema, answer)
    const of = (metric: string): object =>
      answer.body.metrics.find((each: { metric: string }) => each.metric === metric)
    expect(answer.body).toMatchObject({
      datasetDigest: 'digest',
      baseline: { evaluationId: baseline, subject: { version: '3' } },
      candidate: { evaluationId: candidate, subject: { version: '4' } },
      withoutPartner: { baseline: { count: 0 }, candidate: { count: 0 } },
    })
    expect(of('faithfulness')).toMatchObject({
      pairs: 10,
      better: 'higher',
      version: '1',
      verdict: 'better',
      p: 2 / 2 ** 10,
    })
    expect(of('hallucination_rate')).toMatchObject({
      yesNo: true,
      test: 'exact McNemar',
      verdict: 'worse',
    })
    expect(of('latency')).toMatchObject({ better: 'lower', difference: 0, verdict: 'no evidence' })
    // Nobody knows what these rows cost.
    expect(answer.body.notCompared).toContainEqual({
      metric: 'citation_accuracy',
      reason: 'No row has a score of its own.',
    })
  })

  it('says which rows had no partner', async () => {
    const answer = await compare(
      await evaluated({ faithfulness: [0.1, 0.2] }),
      await evaluated({ faithfulness: [0.2, 0.3] }, { first: 1 }),
    )
    expect(answer.body.withoutPartner).toEqual({
      baseline: { count: 1, ids: ['row-0'] },
      candidate: { count: 1, ids: ['row-2'] },
    })
  })

  it('leaves out a metric that was defined differently', async () => {
    const answer = await compare(
      await evaluated({ faithfulness: low }),
      await evaluated({ faithfulness: high }, { version: '2' }),
    )
    expect(answer.body.metrics.map(({ metric }: { metric: string }) => metric)).not.toContain(
      'faithfulness',
    )
    expect(answer.body.notCompared).toContainEqual({
      metric: 'faithfulness',
      reason: 'The baseline was made by version 1 of it, the candidate by 2.',
    })
  })

  it.each([
    ['another dataset', { digest: 'other' }, 'evaluate both on the same'],
    ['no dataset', { digest: '' }, 'has none'],
    ['another judge', { wish: { judge: 'stand-in' } }, 'with judge lexical-v1'],
    ['another model of the judge', { judge: { model: 'gpt-5' } }, 'with the judge’s model none'],
    [
      'other prompts of the judge',
      { judge: { promptVersions: { claims: '2' } } },
      'with claims 2; evaluate both with the same',
    ],
    ['another depth', { wish: { k: 9 } }, 'with k 5'],
    ['a failure', { status: 'failed' }, 'is failed and has no scores'],
    ['one that runs', { status: 'running' }, 'once it has ended'],
    ['another workload', { wish: { workload: 'graphrag', k: 5 } }, 'is of the workload graphrag'],
  ])('refuses %s', async (_what, more, says) => {
    const answer = await compare(
      await evaluated({ faithfulness: low }),
      await evaluated({ faithfulness: high }, more),
    )
    expect(answer.status).toBe(409)
    expect(answer.body.detail).toContain(says)
  })

  it('refuses two that have no dataset: production has no two rows that are the same', async () => {
    const [first, second] = [
      await evaluated({ faithfulness: low }, { digest: '' }),
      await evaluated({ faithfulness: high }, { digest: '' }),
    ]
    expect((await compare(first, second)).status).toBe(409)
  })

  it('refuses what is no evaluation, and one with itself', async () => {
    const id = await evaluated({ faithfulness: low })
    expect((await compare(id, 'ev-nothing')).status).toBe(404)
    expect((await compare(id, id)).status).toBe(400)
    expect((await compare(id, 'x')).status).toBe(400)
  })
})
