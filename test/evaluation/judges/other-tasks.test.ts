import { describe, expect, it } from 'vitest'
import type { Criterion } from '../../../lambdas/domain/benchmark.ts'
import { dataOf, judgeOn, playedModel, row } from './playing.ts'

const contexts = [
  { id: 'a', text: '회사는 3영업일 이내에 보험금을 지급합니다.' },
  { id: 'b', text: '운전자는 사고 현장의 사진을 촬영해야 하며, 그래야 보험금 심사가 빨라집니다.' },
  { id: 'c', text: '보험금 청구서류는 우편으로도 접수합니다.' },
]
const answer = '보험금은 3영업일 이내에 지급됩니다.'

describe('answer relevancy', () => {
  const question = (text: string, noncommittal = false) => ({ question: text, noncommittal })
  const three = (...questions: unknown[]) => ({ questions })
  const vectors: Readonly<Record<string, number[]>> = {
    '보험금은 언제 지급되나요?': [1, 0],
    같은: [2, 0],
    다른: [0, 3],
    비스듬: [3, 4],
    반대: [-1, 0],
  }
  const model = (given: unknown, more = {}) =>
    playedModel(() => given, {
      embed: async (texts) => ({
        vectors: texts.map((text) => vectors[text] ?? [0, 1]),
        usage: {
          inputTokens: 9,
          cachedInputTokens: 0,
          cacheWriteTokens: 0,
          outputTokens: 0,
          reasoningTokens: 0,
        },
      }),
      ...more,
    })
  const scoreOf = async (given: unknown, text = answer, more = {}) => {
    const played = model(given, more)
    const { judge, store } = judgeOn(played)
    const [score] = await judge.scoreRow(row(text, contexts), ['answer_relevancy'])
    await judge.flush()
    return { score, played, store }
  }

  it('is the mean cosine of the question and three that the answer would answer', async () => {
    const { score } = await scoreOf(three(question('같은'), question('다른'), question('비스듬')))
    expect(score).toMatchObject({ score: (1 + 0 + 0.6) / 3, version: '1' })
    expect(score?.parts['generated']).toHaveLength(3)
  })

  it('does not show the question that was asked', async () => {
    const { played } = await scoreOf(three(question('같은'), question('같은'), question('같은')))
    expect(dataOf(played.asked[0]!)).toEqual({ answer })
    expect(JSON.stringify(played.asked)).not.toContain('언제 지급되나요')
  })

  it('is 0 where all questions find the answer noncommittal, and not where one does', async () => {
    const evasive = question('같은', true)
    expect((await scoreOf(three(evasive, evasive, evasive))).score?.score).toBe(0)
    expect((await scoreOf(three(evasive, question('같은'), evasive))).score?.score).toBe(1)
  })

  it('is 0 for an answer that only says it does not know, without asking', async () => {
    const { score, played } = await scoreOf('', '제공된 자료에서 확인할 수 없습니다.')
    expect(score?.score).toBe(0)
    expect(played.asked).toEqual([])
  })

  it('takes no question that is copied from the answer', async () => {
    const text = `${answer} 질문은 보험금은 언제 지급되나요 라는 것입니다.`
    const copied = question('보험금은 언제 지급되나요?')
    const { score, played } = await scoreOf(three(copied, copied, copied), text)
    expect(played.asked).toHaveLength(2)
    expect(score?.score).toBe(0)
  })

  it('is unscored without an embedding model, which is not the fault of the judge', async () => {
    const { score, played } = await scoreOf('', answer, { embeddingModel: '' })
    expect(score).toMatchObject({ score: null, parts: { technical: false } })
    expect(score?.rationale).toContain('embeddingModel')
    expect(played.asked).toEqual([])
  })

  it('is unscored when the judge writes another number of questions', async () => {
    const { score } = await scoreOf(three(question('같은')))
    expect(score?.score).toBeNull()
    expect(score?.rationale).toContain('There must be 3 questions')
  })

  it('asks for questions and for vectors once each, and not again for the same row', async () => {
    const { store } = await scoreOf(three(question('같은'), question('다른'), question('비스듬')))
    expect([...store.calls.values()].map((call) => [call.operation, call.promptVersion])).toEqual([
      ['chat', 'answer_relevancy:1'],
      ['embeddings', 'similarity:1'],
    ])
    const again = model('')
    const [score] = await judgeOn(again, { store, claimant: 'b' }).judge.scoreRow(
      row(answer, contexts),
      ['answer_relevancy'],
    )
    expect(score?.score).toBeCloseTo(1.6 / 3)
    expect(again.asked).toEqual([])
  })
})

describe('context precision', () => {
  const entry = (number: number, useful: boolean, quote: string | null = null) => ({
    number,
    reason: '.',
    quote: useful ? (quote ?? contexts[number - 1]?.text ?? '') : null,
    useful,
  })
  const scoreOf = async (...entries: unknown[]) => {
    const [score] = await judgeOn(playedModel(() => ({ contexts: entries }))).judge.scoreRow(
      row(answer, contexts),
      ['context_precision'],
    )
    return score
  }

  it.each([
    [[true, true, true], 1],
    [[true, false, true], (1 + 2 / 3) / 2],
    [[false, false, true], 1 / 3],
    [[false, false, false], 0],
  ])('ranks: %j gives %d', async (useful, expected) => {
    const score = await scoreOf(...useful.map((each, index) => entry(index + 1, each)))
    expect(score?.score).toBeCloseTo(expected, 12)
  })

  it.each([
    [
      'leaves out a context',
      [entry(1, true), entry(2, false)],
      'Context 3 needs exactly one entry',
    ],
    [
      'invents a context',
      [entry(1, true), entry(2, false), entry(3, false), entry(4, false)],
      'no context 4',
    ],
    [
      'quotes what the context does not say',
      [entry(1, true, '사흘 안에 준다'), entry(2, false), entry(3, false)],
      'word for word',
    ],
  ])('is unscored when the judge %s', async (_what, entries, says) => {
    const score = await scoreOf(...entries)
    expect(score).toMatchObject({ score: null, parts: { technical: true } })
    expect(score?.rationale).toContain(says)
  })

  it('does not take a context for useful that has no word of question and answer', async () => {
    const score = await scoreOf(
      entry(1, true),
      entry(2, true, '사고 현장의 사진을 촬영해야'),
      entry(3, false),
    )
    expect(score?.parts['useful']).toEqual([true, false, false])
  })

  it('is unscored where nothing was retrieved, and nobody is asked', async () => {
    const model = playedModel(() => '')
    const [score] = await judgeOn(model).judge.scoreRow(row(answer, []), ['context_precision'])
    expect(score).toMatchObject({ score: null, rationale: 'Nothing was retrieved.' })
    expect(model.asked).toEqual([])
  })
})

describe('a criterion', () => {
  const criterion = (more: Partial<Criterion> = {}): Criterion => ({
    name: 'polite',
    language: 'en',
    question: 'Is the answer polite?',
    ...more,
  })
  const scoreOf = async (given: unknown, asked = criterion()) => {
    const model = playedModel(() => given)
    const { judge } = judgeOn(model, { criteria: [asked] })
    const [score] = await judge.scoreRow(row(answer, undefined), ['polite'])
    return { score, model }
  }

  it.each([
    ['yes', 1],
    ['no', 0],
  ])('is %s or %d, with the reason', async (verdict, score) => {
    const found = await scoreOf({ reason: 'Because.', answer: verdict })
    expect(found.score).toMatchObject({ name: 'polite', score, rationale: 'Because.' })
  })

  it('asks in its own language, outside of the data', async () => {
    const { model } = await scoreOf({ reason: '.', answer: 'yes' })
    expect(model.asked[0]?.system).toMatch(/You check.*Criterion: Is the answer polite\?$/s)
    const korean = await scoreOf(
      { reason: '.', answer: 'yes' },
      criterion({ language: 'ko', question: '공손한가?' }),
    )
    expect(korean.model.asked[0]?.system).toMatch(/당신은.*기준: 공손한가\?$/s)
    expect(dataOf(korean.model.asked[0]!)).not.toHaveProperty('criterion')
  })

  it('has a version that changes with its question', async () => {
    const one = (await scoreOf({ reason: '.', answer: 'yes' })).score?.version
    const other = (
      await scoreOf({ reason: '.', answer: 'yes' }, criterion({ question: 'Is it rude?' }))
    ).score?.version
    expect(one).toMatch(/^1-[0-9a-f]{8}$/)
    expect(other).not.toBe(one)
  })

  it('is unscored for anything but yes and no', async () => {
    const { score } = await scoreOf({ reason: '.', answer: 'maybe' })
    expect(score).toMatchObject({ score: null, parts: { technical: true } })
  })
})

it('a metric that the judge does not know is unscored', async () => {
  const { judge } = judgeOn(playedModel(() => ''))
  expect(judge.canScore('field_accuracy')).toBe(false)
  const [score] = await judge.scoreRow(row(answer, contexts), ['field_accuracy'])
  expect(score).toMatchObject({ name: 'field_accuracy', score: null })
})
