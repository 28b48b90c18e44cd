import { expect, it } from 'vitest'
import type { Criterion } from '../../../lambdas/domain/benchmark.ts'
import { lexicalJudge } from '../../../lambdas/evaluation/judges/lexical.ts'
import { row } from './playing.ts'

const criteria: readonly Criterion[] = [
  { name: 'polite', language: 'en', question: 'Is the answer polite?' },
]
const judge = lexicalJudge(criteria)
const contexts = [
  { id: 'c1', text: '회사는 서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다.' },
]
const answer =
  '서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다 [c1]. 홍수 피해도 보장합니다.'

it('scores the claims of an answer by words alone, and says with each score that it did', async () => {
  const metrics = ['citation_accuracy', 'faithfulness', 'hallucination_rate', 'answer_relevancy']
  const scores = await judge.scoreRow(row({ answer }, contexts), metrics)
  expect(scores.map(({ name }) => name)).toEqual(metrics)
  expect(scores.map(({ score }) => score)).toEqual([1, 0.5, 1, expect.any(Number)])
  for (const { parts } of scores) expect(parts).toMatchObject({ judge: 'lexical-v1' })
  expect(scores[1]?.parts['verdicts']).toMatchObject([
    { support: 'supported', context: 'c1' },
    { support: 'not mentioned', passage: null },
  ])
})

it.each(['context_precision', 'polite'])(
  'says that %s needs an LLM, rather than guess',
  async (metric) => {
    expect(judge.canScore(metric)).toBe(false)
    const [score] = await judge.scoreRow(row(answer, contexts), [metric])
    expect(score).toMatchObject({ name: metric, score: null, parts: { technical: false } })
    expect(score?.rationale).toContain('evaluation.judges')
  },
)

it('has no model, no prompts and nothing to pay', async () => {
  expect(judge.identity).toEqual({
    name: 'lexical-v1',
    model: '',
    embeddingModel: '',
    promptVersions: {},
  })
  await judge.flush()
})

it.each([
  ['an answer', row({}, contexts), 'There is no answer.'],
  ['contexts', row(answer, undefined), 'It is not known what was retrieved.'],
])('leaves a row without %s unscored', async (_what, given, reason) => {
  const [score] = await judge.scoreRow(given, ['faithfulness'])
  expect(score).toMatchObject({ score: null, rationale: reason })
})
