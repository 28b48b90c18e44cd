import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  digestOfFiles,
  digestOfOutputs,
  digestOfRows,
} from '../../../lambdas/platform/datasets/digest.ts'
import { readJsonlDataset } from '../../../lambdas/platform/datasets/read-jsonl-dataset.ts'
import { readMlflowDataset } from '../../../lambdas/platform/datasets/read-mlflow-dataset.ts'
import type { DatasetRow } from '../../../lambdas/evaluation/row.ts'
import { artifactsInMemory } from './artifacts-in-memory.ts'
import { mlflowThat } from './recorded-answers.ts'

const row: DatasetRow = {
  id: 'q-1',
  inputs: { question: '몇 회?', n: 1 },
  expectations: { answer: '50회', relevant: ['c-1'] },
}

const someRows = fc.uniqueArray(
  fc.record(
    {
      id: fc.string({ minLength: 1 }),
      inputs: fc.dictionary(fc.string(), fc.jsonValue()),
      expectations: fc.record({ answer: fc.string() }),
    },
    { requiredKeys: ['id', 'inputs'] },
  ),
  { selector: ({ id }) => id },
) as fc.Arbitrary<DatasetRow[]>

describe('the digest of a dataset', () => {
  it('is SHA-256 over canonical lines, so that anybody can compute it again', () => {
    // printf '["q-1",{"n":1,"question":"몇 회?"},{"answer":"50회","relevant":["c-1"]}]\n' | sha256sum
    expect(digestOfRows([row])).toBe(
      '9be2b25eb3be981d9a8c3d14ea1502ea2d776e4d34b4746e79c4024f6c1b3a4e',
    )
  })

  it('does not depend on the order of the rows or of their fields', () => {
    fc.assert(
      fc.property(someRows, fc.infiniteStream(fc.nat()), (rows, numbers) => {
        const shuffled = rows
          .map((each) => ({ each, by: numbers.next().value ?? 0 }))
          .toSorted((left, right) => left.by - right.by)
          .map(({ each }) => ({
            ...each,
            inputs: Object.fromEntries(Object.entries(each.inputs).toReversed()),
          }))
        expect(digestOfRows(shuffled)).toBe(digestOfRows(rows))
      }),
    )
  })

  it('is another one when an id, an input or a label is', () => {
    const digests = [
      row,
      { ...row, id: 'q-2' },
      { ...row, inputs: { question: '몇 회?', n: 2 } },
      { ...row, expectations: { ...row.expectations, answer: '51회' } },
      { id: row.id, inputs: row.inputs },
    ].map((each) => digestOfRows([each]))
    expect(new Set(digests).size).toBe(digests.length)
  })

  it('is the same whatever was answered, which has a digest of its own', () => {
    const answered = { ...row, outputs: '50회입니다.', contexts: [{ id: 'c-1', text: '…' }] }
    expect(digestOfRows([answered])).toBe(digestOfRows([row]))
    expect(digestOfOutputs([answered])).not.toBe(digestOfOutputs([row]))
  })

  it('is the same for the same rows in MLflow and in a file', async () => {
    const rows: DatasetRow[] = [row, { id: 'q-2', inputs: { question: 'b' } }]
    const mlflow = mlflowThat((path) =>
      path.endsWith('/search')
        ? { datasets: [{ dataset_id: 'd-1', name: 'questions' }] }
        : {
            records: JSON.stringify(
              rows.toReversed().map(({ id, ...rest }, index) => ({
                dataset_record_id: `dr-${index}`,
                outputs: {},
                ...rest,
                tags: { id, 'mlflow.user': 'tester' },
              })),
            ),
          },
    )
    const lines = rows.map((each) => JSON.stringify(each)).join('\r\n')
    const fromFile = await readJsonlDataset(artifactsInMemory({ k: lines }), 'bucket', 'k')
    const fromMlflow = await readMlflowDataset(mlflow, 'questions')
    expect(fromMlflow.digest).toBe(fromFile.digest)
  })
})

it('the digest of files tells where one ends and the next begins', () => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  expect(digestOfFiles([bytes('ab'), bytes('c')])).not.toBe(
    digestOfFiles([bytes('a'), bytes('bc')]),
  )
})
