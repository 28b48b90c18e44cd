import { describe, expect, it } from 'vitest'
import { evaluationPlan } from '../../../lambdas/evaluation/plan.ts'
import { readMeasureSetting } from '../../../lambdas/evaluation/scoring/read-measure-setting.ts'
import { bucketWith, files } from '../batch/batch.ts'

const bucket = bucketWith({ k: 3 }, [])
const plan = evaluationPlan.parse(bucket.lines(files.plan)[0])
const graph = { nodes: ['a', 'b'], edges: [['a', 'b']], entries: ['a'] }
const benchmark = { source: { kind: 'endpoint' }, graph: { key: 'graph.json', hops: 2 } } as const

describe('what figures need besides the rows', () => {
  it('is k and seed of the plan, and the reason why there is no graph and no event log', async () => {
    expect(await readMeasureSetting(bucket, plan, undefined)).toEqual({
      k: 3,
      seed: 7,
      confidence: 0.95,
      graph: { missing: 'The benchmark names no graph.' },
      conformance: {
        missing: 'There is no evaluations/ev-1/conformance.json in the artifact bucket.',
      },
    })
  })

  it('is the graph with its hops and the SHA-256 of its file', async () => {
    await bucket.write('graph.json', JSON.stringify(graph))
    const setting = await readMeasureSetting(bucket, plan, benchmark)
    expect(setting.graph).toMatchObject({ ...graph, hops: 2 })
    // sha256sum of the file.
    expect(setting.graph).toHaveProperty(
      'digest',
      '073ee4b31b84b0384840595aab77d2baacb0f167a912842bfa61df9c3c3b4ab7',
    )
  })

  it.each([
    ['is no JSON', '{'],
    ['has odd edges', JSON.stringify({ ...graph, edges: [['a']] })],
    ['has no entries', JSON.stringify({ ...graph, entries: undefined })],
  ])('is a reason where the graph %s', async (_name, content) => {
    await bucket.write('graph.json', content)
    const { graph: found } = await readMeasureSetting(bucket, plan, benchmark)
    expect(found).toHaveProperty(
      'missing',
      expect.stringMatching(/^graph\.json cannot be used: ./s),
    )
  })

  it('is the summary of the event log', async () => {
    const summary = {
      cases: 1,
      unaligned: 0,
      tokenPrecision: null,
      alignmentPrecision: 0.5,
      fittingCases: 1,
      milliseconds: 3,
      warnings: [],
    }
    await bucket.write(files.conformance, JSON.stringify(summary))
    expect((await readMeasureSetting(bucket, plan, undefined)).conformance).toEqual(summary)
  })
})
