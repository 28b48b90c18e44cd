import { describe, expect, it } from 'vitest'
import { digestOfRows } from '../../lambdas/platform/datasets/digest.ts'
import type { Mlflow } from '../../lambdas/platform/mlflow.ts'
import { currentDigest } from '../../lambdas/promotion/gather/current-dataset.ts'
import { artifactsInMemory } from '../evaluation/api/ports.ts'

const rowOf = (id: string) => ({ id, inputs: { question: id } })

/** MLflow with one dataset, of which each page takes some time and has one record. */
function datasetOf(ids: readonly string[], millisecondsPerPage: number) {
  let clock = 0
  const mlflow = {
    call: async (_method: string, path: string, values: { readonly page_token?: string }) => {
      if (path.endsWith('/search')) return { datasets: [{ dataset_id: 'd-1', name: 'claims' }] }
      clock += millisecondsPerPage
      const place = Number(values.page_token ?? 0)
      const id = ids[place] ?? ''
      const next = place + 1 < ids.length ? String(place + 1) : ''
      return {
        records: JSON.stringify([{ inputs: { question: id }, tags: { id } }]),
        next_page_token: next,
      }
    },
    send: async () => undefined,
  } as unknown as Mlflow
  return {
    mlflow,
    artifacts: artifactsInMemory(),
    artifactBucket: 'bucket',
    now: () => new Date(clock),
  }
}

const claims = { kind: 'mlflow', name: 'claims' } as const

describe('the digest of a dataset as it stands now', () => {
  it('is made from every record', async () => {
    const ids = ['q1', 'q2', 'q3']
    expect(await currentDigest(claims, datasetOf(ids, 100))).toEqual({
      digest: digestOfRows(ids.map(rowOf)),
    })
  })

  it('changes with a record that was deleted, of which MLflow itself takes no note', async () => {
    expect(await currentDigest(claims, datasetOf(['q1', 'q3'], 100))).not.toEqual(
      await currentDigest(claims, datasetOf(['q1', 'q2', 'q3'], 100)),
    )
  })

  it('is not known of a dataset that takes too long, and it is said what to do', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `q${index}`)
    expect(await currentDigest(claims, datasetOf(ids, 100))).toEqual({
      digest: null,
      reason: expect.stringMatching(
        /^The MLflow dataset claims could not be read within 12 seconds\./u,
      ),
    })
  })

  it('is not known of a dataset that is gone, and it is said why', async () => {
    const from = datasetOf([], 0)
    const dataset = { kind: 'jsonl', key: 'datasets/claims.jsonl' } as const
    expect(await currentDigest(dataset, from)).toEqual({
      digest: null,
      reason: expect.stringContaining('has no object datasets/claims.jsonl'),
    })
  })
})
