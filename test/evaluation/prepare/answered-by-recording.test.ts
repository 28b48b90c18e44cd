import { describe, expect, it } from 'vitest'
import type { Subject } from '../../../lambdas/domain/subject.ts'
import { answeredByRecording } from '../../../lambdas/evaluation/prepare/answered-by-recording.ts'
import type { DatasetRow } from '../../../lambdas/evaluation/row.ts'

const key = 'recorded/flyer-scanner/latest.jsonl'
const prompt = { kind: 'prompt-version', name: 'insurance_qa', version: '4' } as const
const dataset: DatasetRow[] = [
  {
    id: 'a',
    inputs: { question: 'A?' },
    outputs: 'an answer of the dataset',
    contexts: [{ id: 'c-0', text: 'of the dataset' }],
    expectations: { answer: 'right' },
  },
  { id: 'b', inputs: {} },
]

function join(
  lines: readonly unknown[],
  subject: Subject = { kind: 'application' },
  rows: readonly DatasetRow[] = dataset,
) {
  const text = lines
    .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    .join('\n')
  return answeredByRecording(rows, { key, bytes: new TextEncoder().encode(text) }, subject)
}

describe('recorded outputs', () => {
  it('are joined by id; questions and labels are the dataset’s, answers and contexts the recording’s', () => {
    const { rows, rejected } = join([
      { id: 'b', outputs: { answer: 'B', confidence: 0.5 } },
      {
        id: 'a',
        inputs: { question: 'another question' },
        outputs: 'A',
        contexts: [{ id: 'c-1', text: 'found' }],
        expectations: { answer: 'A', relevant: ['c-1'] },
        traceId: 'tr-1',
        milliseconds: 12.5,
      },
    ])
    expect(rejected).toEqual([])
    expect(rows).toEqual([
      {
        id: 'a',
        inputs: { question: 'A?' },
        outputs: 'A',
        contexts: [{ id: 'c-1', text: 'found' }],
        expectations: { answer: 'right' },
        traceId: 'tr-1',
        milliseconds: 12.5,
        failure: null,
      },
      {
        id: 'b',
        inputs: {},
        outputs: { answer: 'B', confidence: 0.5 },
        traceId: null,
        milliseconds: null,
        failure: null,
      },
    ])
  })

  it('that retrieved nothing do not get what the dataset holds', () => {
    const [row] = join([{ id: 'a', outputs: 'A' }]).rows
    expect(row).not.toHaveProperty('contexts')
  })

  it('that are missing make the row fail with the reason', () => {
    const { rows } = join([{ id: 'a', outputs: 'A' }])
    expect(rows[1]).toEqual({
      id: 'b',
      inputs: {},
      traceId: null,
      milliseconds: null,
      failure: `${key} has no row with this id.`,
    })
  })

  it('that cannot be used are reported, and the row says where they stand', () => {
    const { rows, rejected } = join(['{', { id: 'b', contexts: [] }, { id: 'a', outputs: 'A' }])
    expect(rejected).toEqual([
      { line: 1, reason: expect.stringMatching(/^\(recorded\/.*\) is not JSON/) },
      { line: 2, id: 'b', reason: expect.stringMatching(/does not fit: outputs: /) },
    ])
    expect(rows[1]?.failure).toMatch(new RegExp(`^Line 2 of ${key} does not fit: outputs: `))
  })

  it('that the dataset does not ask for, or that stand there twice, are counted as rejected', () => {
    const { rows, rejected } = join([
      { id: 'a', outputs: 'first' },
      { id: 'z', outputs: 'unknown' },
      { id: 'a', outputs: 'second' },
    ])
    expect(rows[0]?.outputs).toBe('first')
    expect(rejected).toEqual([
      { line: 2, id: 'z', reason: `(${key}) has an id that the dataset does not have` },
      { line: 3, id: 'a', reason: `(${key}) has the id of line 1; the first one counts` },
    ])
  })

  it.each([
    ['without a version', undefined, /does not say which version made it/],
    ['of another version', { ...prompt, version: '3' }, /made by prompt insurance_qa version 3;/],
    ['of another name', { ...prompt, name: 'other' }, /made by prompt other version 4;/],
    ['of another kind', { ...prompt, kind: 'model-version' }, /made by model insurance_qa/],
  ])('%s are no evidence for the version that is judged', (_, version, reason) => {
    const [row] = join([{ id: 'a', outputs: 'A', version, traceId: 'tr-1' }], prompt).rows
    expect(row?.failure).toMatch(reason)
    expect(row?.failure).toContain('prompt insurance_qa version 4 is judged')
    expect(row).not.toHaveProperty('outputs')
    expect(row?.traceId, 'what it cost is known all the same').toBe('tr-1')
  })

  it('of the version that is judged count, also when its number is written as one', () => {
    const { rows } = join([{ id: 'a', outputs: 'A', version: { ...prompt, version: 4 } }], prompt)
    expect(rows[0]).toMatchObject({ outputs: 'A', failure: null })
  })
})
