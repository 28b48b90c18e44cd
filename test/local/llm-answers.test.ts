import { expect, test } from 'vitest'
import { answer, readPrompt } from '../../local/llm/answers.ts'
import { embed, toBase64 } from '../../local/llm/embeddings.ts'
import { structuredAnswer } from '../../local/llm/structured-answers.ts'

const context = `약관:
[제1조] 보험금은 청구서류를 접수한 날부터 3영업일 이내에 지급합니다.
[제2조] 회사는 계약자의 고의로 생긴 손해를 보상하지 않습니다.`

const ask = (question: string) =>
  readPrompt([
    { role: 'system', content: '약관에 있는 내용만 답하시오.' },
    { role: 'user', content: `${context}\n\n질문: ${question}` },
  ])

test('the answer is the sentence of the context that the question is about, with its source', () => {
  expect(answer(ask('고의로 생긴 손해도 보상되나요?'))).toEqual({
    text: '회사는 계약자의 고의로 생긴 손해를 보상하지 않습니다. [제2조]',
    source: '제2조',
    grounded: true,
  })
})

test('a question that the context does not answer is answered by saying so', () => {
  expect(answer(ask('오늘 점심 메뉴는 무엇인가요?'))).toMatchObject({
    text: '주어진 약관 조항에서는 답을 찾을 수 없습니다.',
    grounded: false,
  })
})

test('without headings the last sentence is the question and the rest the context', () => {
  const prompt = readPrompt([
    {
      role: 'user',
      content: 'The premium is due on the first. Cats sleep. When is the premium due?',
    },
  ])
  expect(answer(prompt).text).toBe('The premium is due on the first.')
})

test('an answer in JSON fits the schema that was asked for', () => {
  const schema = {
    type: 'object',
    properties: {
      answer: { type: 'string' },
      days: { type: 'integer' },
      covered: { type: 'boolean' },
      kind: { enum: ['면책', '지급'] },
      relations: { type: 'array', items: { $ref: '#/$defs/Relation' } },
    },
    $defs: {
      Relation: {
        type: 'object',
        properties: { source: { type: 'string' }, target: { type: 'string' } },
      },
    },
  }
  const prompt = ask('보험금은 며칠 이내에 지급합니까?')
  const value = JSON.parse(structuredAnswer(prompt, answer(prompt), schema)) as {
    relations: { source: string; target: string }[]
  }
  expect(value).toMatchObject({ covered: true, kind: '지급', days: 3 })
  expect(value.relations.length).toBeGreaterThan(1)
  for (const { source, target } of value.relations) expect(source).not.toBe(target)
})

test('embeddings have length 1, are always the same, and bring related Korean texts together', () => {
  const [one, related, other] = [
    '보험금 지급 기한',
    '보험금을 지급하는 기한',
    '자동차 사고 견인',
  ].map((text) => embed(text, 1536))
  const dot = (left: Float32Array, right: Float32Array) =>
    left.reduce((sum, value, index) => sum + value * right[index]!, 0)
  expect(dot(one!, one!)).toBeCloseTo(1, 5)
  expect(dot(one!, related!)).toBeGreaterThan(dot(one!, other!) + 0.3)
  expect(embed('보험금 지급 기한', 1536)).toEqual(one)
  expect(Buffer.from(toBase64(one!), 'base64').readFloatLE(0)).toBe(one![0])
})

test.each(['', '!!!'])('a text without letters still has a vector of length 1 (%j)', (text) => {
  expect(Math.hypot(...embed(text, 8))).toBe(1)
})
