import { describe, expect, it } from 'vitest'
import { outputsOf, questionOf } from '../../../lambdas/evaluation/prepare/read-answer.ts'
import { contextsOf } from '../../../lambdas/evaluation/prepare/read-contexts.ts'
import { readTrace, type StoredTrace } from '../../../lambdas/evaluation/prepare/read-trace.ts'
import { answeredRow } from '../../../lambdas/evaluation/row.ts'
import { answerAsRecorded, recordedAnswers } from './recorded-answers.ts'

const question = '도수치료는 연간 몇 회까지 보상되나요?'
const { traces } = answerAsRecorded('traces') as { traces: StoredTrace[] }

/** The row of a trace that was recorded. */
function rowOf(name: string) {
  const id = recordedAnswers.get('traces')?.ids?.[name]
  const trace = traces.find(({ trace_info: info }) => info.trace_id === id)
  if (trace === undefined) throw new Error(`No trace ${name} was recorded.`)
  const row = readTrace(trace)
  expect(answeredRow.parse(row)).toEqual(row)
  return row
}

describe('a trace of production as a row', () => {
  it('has what a LangChain chain was asked, answered and retrieved', () => {
    expect(rowOf('langchain')).toEqual({
      id: expect.stringMatching(/^tr-[0-9a-f]{32}$/),
      inputs: { question },
      outputs: '연간 50회입니다.',
      contexts: [
        { id: 'c-31', text: '도수치료는 연간 50회까지 보상합니다.' },
        { id: 'policy.md', text: '자기부담은 30%입니다.' },
      ],
      traceId: expect.stringMatching(/^tr-/),
      milliseconds: expect.any(Number),
      failure: null,
    })
  })

  it('has the text of the message that LangChain’s model answers with', () => {
    const row = rowOf('langchain-message')
    expect(row).toMatchObject({ inputs: { question }, outputs: '연간 50회입니다.' })
    expect(row, 'nothing was retrieved').not.toHaveProperty('contexts')
  })

  it('has the arguments and the result of a traced function, with the fields that metrics read', () => {
    expect(rowOf('function')).toMatchObject({
      inputs: { question },
      outputs: { answer: '연간 50회입니다.', confidence: 0.9 },
      contexts: [
        { id: 'c-31', text: '도수치료는 연간 50회까지 보상합니다.' },
        { id: 'retrieve-1-2', text: '자기부담은 30%입니다.' },
      ],
    })
  })

  it('has what retrievers found that answer with texts or with objects of their own', () => {
    expect(rowOf('text').contexts).toEqual([
      { id: 'retrieve_text-1-1', text: '[c-31] 도수치료는 연간 50회까지 보상합니다.' },
      { id: 'c-31', text: '연간 50회' },
      { id: 'retrieve_plain-2-2', text: '자기부담은 30%입니다.' },
    ])
  })

  it('has the last message of the user and the answer of OpenAI’s API', () => {
    expect(rowOf('chat')).toMatchObject({ inputs: { question }, outputs: '연간 50회입니다.' })
  })

  it('fails with the reason when nothing was answered, or only a part of it arrived', () => {
    const info = { trace_id: 'tr-1', execution_duration: '1.5s' }
    expect(readTrace({ trace_info: info, spans: [{ span_id: 'a' }] })).toEqual({
      id: 'tr-1',
      inputs: {},
      traceId: 'tr-1',
      milliseconds: 1500,
      failure: 'The root span of the trace holds no outputs.',
    })
    expect(
      readTrace({ trace_info: info, spans: [{ span_id: 'b', parent_span_id: 'a' }] }),
    ).toMatchObject({ failure: 'The trace has no root span.' })
  })
})

describe('the question', () => {
  it.each([
    ['a text', 'A?', 'A?'],
    ['the field that is named like one', { country: 'KR', query: 'A?' }, 'A?'],
    ['a field inside of the input', { input: { question: 'A?' } }, 'A?'],
    ['LangChain’s messages', { messages: [[{ type: 'human', content: 'A?' }]] }, 'A?'],
    [
      'the last message of the user, without its pictures',
      [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'no' },
        { role: 'user', content: [{ type: 'image_url' }, { type: 'text', text: 'A?' }] },
      ],
      'A?',
    ],
    ['all of it where nothing looks like one', { claim: 'C-1' }, '{"claim":"C-1"}'],
    ['nothing where there is nothing', {}, undefined],
    ['nothing for null', null, undefined],
  ])('is %s', (_, inputs, expected) => {
    expect(questionOf(inputs)).toBe(expected)
  })
})

describe('the outputs', () => {
  it.each([
    ['a text', 'B', 'B'],
    ['the answer among other things', { answer: 'B', took: 3 }, 'B'],
    [
      'the answer with what metrics read',
      { response: 'B', retrieved: ['c-1'] },
      { answer: 'B', retrieved: ['c-1'] },
    ],
    ['what metrics read without an answer', { predicted: true }, { predicted: true }],
    ['no confidence that is none', { answer: 'B', confidence: 70 }, 'B'],
    ['LangChain’s last message', { messages: [{ type: 'ai', content: 'B' }] }, 'B'],
    ['all of it where nothing looks like an answer', { covered: true }, '{"covered":true}'],
    ['a list', [1, 2], '[1,2]'],
    ['a number', 0, '0'],
    ['nothing for null', null, undefined],
    ['nothing for an empty text', '', undefined],
  ])('are %s', (_, outputs, expected) => {
    expect(outputsOf(outputs)).toEqual(expected)
  })
})

describe('contexts', () => {
  const retrieval = (outputs: unknown) => ({
    name: 'search',
    type: 'RETRIEVER',
    isRoot: false,
    inputs: null,
    outputs,
  })
  const chunk = (text: string) => ({ page_content: text, metadata: { id: 'policy' } })

  it('count once when two retrievers found the same, and each when they are chunks of one document', () => {
    expect(
      contextsOf([retrieval([chunk('1'), chunk('2')]), retrieval([chunk('2'), chunk('3')])]),
    ).toEqual([
      { id: 'policy', text: '1' },
      { id: 'policy#2', text: '2' },
      { id: 'policy#3', text: '3' },
    ])
  })

  it('are an empty list when a retriever found nothing, and absent when none was asked', () => {
    expect(contextsOf([retrieval([])])).toEqual([])
    expect(contextsOf([retrieval(null)])).toEqual([])
    expect(contextsOf([{ ...retrieval([]), type: 'CHAIN' }])).toBeUndefined()
  })

  it('are found in an object that holds the list', () => {
    expect(contextsOf([retrieval({ documents: [chunk('1')], took: 3 })])).toHaveLength(1)
  })
})
