import { describe, expect, it } from 'vitest'
import { mostBytesPerLine } from '../../../lambdas/platform/datasets/read-json-lines.ts'
import { readJsonlDataset } from '../../../lambdas/platform/datasets/read-jsonl-dataset.ts'
import { artifactsInMemory } from './artifacts-in-memory.ts'

const key = 'datasets/graphrag/questions.jsonl'

function read(content: string | Uint8Array) {
  return readJsonlDataset(artifactsInMemory({ [key]: content }), 'bucket', key)
}

const good = JSON.stringify({
  id: 'q-1',
  inputs: { question: '도수치료는 몇 회?' },
  expectations: { relevant: ['c-31'], answer: '50회', custom: 1 },
})

function rowWith(fields: Record<string, unknown>): string {
  return JSON.stringify({ id: 'q-2', inputs: {}, ...fields })
}

describe('a dataset in JSON Lines', () => {
  it('is read row by row, with labels that no metric of ours knows', async () => {
    const { rows, rejected, input } = await read(`${good}\n`)
    expect(rows).toEqual([JSON.parse(good)])
    expect(rejected).toEqual([])
    expect(input).toEqual({
      name: key,
      sourceType: 's3',
      source: '{"uri":"s3://bucket/datasets/graphrag/questions.jsonl"}',
    })
  })

  it('may have a byte order mark, blank lines, the line ends of Windows and no last line end', async () => {
    const { rows, rejected } = await read(`\uFEFF${good}\r\n\r\n  \n${rowWith({})}`)
    expect(rows.map(({ id }) => id)).toEqual(['q-1', 'q-2'])
    expect(rejected).toEqual([])
  })

  it('takes null at the top as absent, as tables are exported so', async () => {
    const { rows } = await read(rowWith({ outputs: null, contexts: null, expectations: null }))
    expect(rows).toEqual([{ id: 'q-2', inputs: {} }])
  })

  it('says of each bad line where it is and what is wrong, and keeps the others', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`{"id": "broken"\n${good}\n`),
      Buffer.from([0x22, 0xff, 0x22, 0x0a]),
      Buffer.from(`[1]\n${rowWith({ inputs: undefined })}\n${rowWith({ id: '' })}\n`),
      Buffer.from(`${rowWith({ expectations: { relevant: '제3조' } })}\n${good}\n`),
      Buffer.from(`${rowWith({ inputs: { text: 'x'.repeat(mostBytesPerLine) } })}\n`),
      Buffer.from(`${rowWith({ contexts: [{ text: 'no id' }] })}\n${rowWith({ id: 'last' })}`),
    ])
    const { rows, rejected } = await read(bytes)
    expect(rows.map(({ id }) => id)).toEqual(['q-1', 'last'])
    expect(rejected.map(({ line, id, reason }) => [line, id, reason.slice(0, 60)])).toEqual([
      [1, undefined, expect.stringMatching(/^is not JSON: /)],
      [3, undefined, 'is not UTF-8; save the file as UTF-8'],
      [4, undefined, 'is no JSON object'],
      [5, 'q-2', 'does not fit: inputs: Invalid input: expected record, receiv'],
      [6, undefined, expect.stringMatching(/^does not fit: id: Too small/)],
      [7, 'q-2', 'does not fit: expectations.relevant: Invalid input: expected'],
      [8, 'q-1', 'has the id of line 2; the first one counts'],
      [9, undefined, expect.stringMatching(/^has 1048\d\d\d bytes; a row may have 1048576$/)],
      [10, 'q-2', expect.stringMatching(/^does not fit: contexts\.0\.id: /)],
    ])
    expect(rejected[5]?.reason).toContain('expected array, received string, or ')
  })

  it('survives a row that is nested too deeply to be checked', async () => {
    const deep = `{"id":"q-2","inputs":{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`
    const { rows, rejected } = await read(`${deep}\n${good}`)
    expect(rows.map(({ id }) => id)).toEqual(['q-1'])
    expect(rejected).toEqual([{ line: 1, id: 'q-2', reason: 'is nested too deeply' }])
  })

  it('takes numbers that are none in JSON for errors', async () => {
    const { rejected } = await read(`${good}\n{"id":"q-2","inputs":{"n":1e999}}`)
    expect(rejected.map(({ line }) => line)).toEqual([2])
  })

  it.each([
    ['is absent', undefined, /has no object .* Upload it, or correct the benchmark\./],
    ['is empty', '', /is empty\. Upload it again\./],
    ['has blank lines alone', '\n\n', /has no rows\. Each line must be a JSON object/],
    [
      'has no good row',
      '1\n2\nx\n{}\n',
      /no row that can be used: line 1 is no JSON object; line 2 .*; and 1 more\. Each/,
    ],
  ])('is an error that says what to do when it %s', async (_, content, message) => {
    const artifacts = artifactsInMemory(content === undefined ? {} : { [key]: content })
    await expect(readJsonlDataset(artifacts, 'bucket', key)).rejects.toThrow(message)
  })

  it('is an error that says where datasets belong when it may not be read', async () => {
    const denied = Object.assign(new Error('Access Denied'), { name: 'AccessDenied' })
    const artifacts = { ...artifactsInMemory(), read: () => Promise.reject(denied) }
    await expect(readJsonlDataset(artifacts, 'bucket', 'models/x')).rejects.toThrow(
      'put datasets below datasets/',
    )
  })
})
