import { describe, expect, test } from 'vitest'
import { dataBlock } from '../../lambdas/evaluation/judges/data-block.ts'
import { judgeTaskAnswer, judgeTaskOf } from '../../local/llm/judge-answers.ts'

const contexts = [
  {
    number: 1,
    id: 'c1',
    text: '회사는 서류를 접수한 날부터 3영업일\n이내에 보험금을 지급합니다. 끝.',
  },
  { number: 2, id: 'c2', text: '회사는 고의로 생긴 손해를 보상하지 않습니다.' },
]

const asked = (task: string, data: unknown): any =>
  judgeTaskAnswer(task, [
    { role: 'system', content: 'You judge.' },
    { role: 'user', content: `${dataBlock(data)}\n\nAnswer.` },
    { role: 'assistant', content: 'garbage' },
    { role: 'user', content: 'Again.' },
  ])

test('a judge is known by the name of what it asks for', () => {
  expect(judgeTaskOf('judge_claims')).toBe('claims')
  expect(judgeTaskOf('Person')).toBeUndefined()
  expect(judgeTaskOf(undefined)).toBeUndefined()
})

test('claims are judged by words, with quotes to the letter, also when asked again', () => {
  const sentences = [
    { number: 1, text: '서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다', cites: [1, 2] },
    { number: 2, text: '회사는 고의로 생긴 손해를 보상합니다.', cites: [] },
    { number: 3, text: '반려동물도 보장합니다.', cites: [] },
    { number: 4, text: '감사합니다.', cites: [] },
  ]
  const { sentences: judged } = asked('claims', { contexts, sentences })
  expect(judged.map(({ claims }: any) => claims[0]?.verdict)).toEqual([
    'supported',
    'contradicted',
    'not_mentioned',
    undefined,
  ])
  expect(judged[0].citations.map(({ supports }: any) => supports)).toEqual([true, false])
  const [{ context, quote }] = judged[0].claims[0].evidence
  expect(contexts[context - 1]?.text.replaceAll('\n', ' ')).toContain(quote)
})

describe('the other tasks', () => {
  test('three different questions for an answer, noncommittal where it says nothing', () => {
    const { questions } = asked('answer_relevancy', {
      answer: '보험금은 3영업일 이내에 지급됩니다.\n서류는 우편으로 보냅니다.',
    })
    expect(new Set(questions.map(({ question }: any) => question)).size).toBe(3)
    expect(questions[0]).toMatchObject({ noncommittal: false })
    const evasive = asked('answer_relevancy', { answer: '확인할 수 없습니다.' })
    expect(evasive.questions[0]).toMatchObject({ noncommittal: true })
  })

  test('a context is useful that supports a sentence of the answer', () => {
    const answer = '고의로 생긴 손해는 보상하지 않습니다.'
    const judged = asked('context_precision', { question: '?', answer, contexts })
    expect(judged.contexts.map(({ useful }: any) => useful)).toEqual([false, true])
  })

  test.each([
    ['고의로 생긴 손해는 보상하지 않습니다.', 'yes'],
    ['반려동물도 보장합니다.', 'no'],
  ])('a criterion is met by what the contexts say: %s %s', (answer, verdict) => {
    expect(asked('criterion', { question: '?', answer, contexts })).toMatchObject({
      answer: verdict,
    })
  })
})

test('the same is answered the same, and what is no prompt of a judge is not answered', () => {
  const data = { question: '?', answer: '보장합니다.', contexts }
  expect(asked('criterion', data)).toEqual(asked('criterion', data))
  expect(judgeTaskAnswer('criterion', [{ role: 'user', content: 'no data' }])).toBeUndefined()
  expect(asked('unknown', data)).toBeUndefined()
})
