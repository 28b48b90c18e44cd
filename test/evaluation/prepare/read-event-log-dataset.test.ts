import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readEventLogDataset } from '../../../lambdas/evaluation/prepare/read-event-log-dataset.ts'
import { artifactsInMemory } from './artifacts-in-memory.ts'

const reference = {
  kind: 'event-log',
  log: 'datasets/claims.csv',
  model: 'datasets/m.pnml',
} as const
const bytesOf = (name: string) =>
  readFileSync(new URL(`../conformance/data/${name}`, import.meta.url))
const model = bytesOf('running-example.pnml')

function read(log: string | Uint8Array, net: string | Uint8Array = model) {
  const artifacts = artifactsInMemory({ [reference.log]: log, [reference.model]: net })
  return readEventLogDataset(artifacts, 'bucket', reference)
}

describe('an event log', () => {
  it('has a row for each case in its order, which says where log and model are', async () => {
    const { rows, rejected, digest, input } = await read(bytesOf('running-example.csv'))
    expect(rows.map(({ id }) => id).toSorted()).toEqual(['1', '2', '3', '4', '5', '6'])
    const { log, model: net } = reference
    expect(rows[0]).toEqual({ id: rows[0]?.id, inputs: { caseId: rows[0]?.id, log, model: net } })
    expect(rejected).toEqual([])
    expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(input.source).toBe('{"uri":"s3://bucket/datasets/claims.csv"}')
  })

  it('has another digest when the log or the model is another', async () => {
    const csv = bytesOf('running-example.csv')
    const digests = await Promise.all([
      read(csv),
      read(Buffer.concat([csv, Buffer.from('\n')])),
      read(csv, Buffer.concat([model, Buffer.from('\n')])),
    ])
    expect(new Set(digests.map(({ digest }) => digest)).size).toBe(3)
  })

  it('that cannot be read says what is wrong in which line', async () => {
    const header = 'case:concept:name,concept:name,time:timestamp'
    await expect(read(`${header}\n1,a,yesterday`)).rejects.toThrow(
      'The event log cannot be read: line 2: "yesterday" is not a timestamp',
    )
    await expect(read(`${header}\n1,a,2026-01-01T00:00:00Z`, '<pnml/>')).rejects.toThrow(
      'The Petri net (PNML) cannot be read',
    )
  })

  it('that is absent is an error that says what to do', async () => {
    const artifacts = artifactsInMemory({ [reference.log]: 'x' })
    await expect(readEventLogDataset(artifacts, 'bucket', reference)).rejects.toThrow(
      'no object datasets/m.pnml, which should be the process model. Upload it',
    )
  })
})
