import { expect, it } from 'vitest'
import { chatKey, similarityKey } from '../../../lambdas/evaluation/judges/judgement-key.ts'
import type { JudgeModel } from '../../../lambdas/evaluation/judges/model.ts'
import { criterionTask } from '../../../lambdas/evaluation/judges/tasks/criterion.ts'
import { relevancyTask } from '../../../lambdas/evaluation/judges/tasks/answer-relevancy.ts'
import { judgeOn, playedModel, PlayedStore, row } from './playing.ts'

const model = (more: Partial<JudgeModel> = {}) => playedModel(() => '', more)
const criterion = { name: 'polite', language: 'en', question: 'Is it polite?' } as const
const data = { question: 'q', answer: 'a', contexts: undefined }
const task = criterionTask(criterion, data)
const key = chatKey('judge', model(), task)

it('the same question has the same key', () => {
  expect(chatKey('judge', model(), criterionTask(criterion, { ...data }))).toBe(key)
  expect(key).toMatch(/^[0-9a-f]{64}$/)
})

it.each([
  ['judge', chatKey('other', model(), task)],
  ['server', chatKey('judge', model({ place: 'elsewhere' }), task)],
  ['model', chatKey('judge', model({ model: 'gpt-4o' }), task)],
  ['task', chatKey('judge', model(), { ...task, name: 'claims' })],
  ['version of the prompt', chatKey('judge', model(), { ...task, promptVersion: '2' })],
  ['language', chatKey('judge', model(), { ...task, language: 'ko' })],
  [
    'criterion',
    chatKey('judge', model(), criterionTask({ ...criterion, question: 'Is it rude?' }, data)),
  ],
  ['answer', chatKey('judge', model(), criterionTask(criterion, { ...data, answer: 'b' }))],
  ['contexts', chatKey('judge', model(), criterionTask(criterion, { ...data, contexts: [] }))],
  [
    'shape of the answer',
    chatKey('judge', model(), { ...task, schema: relevancyTask('a', 'en').schema }),
  ],
])('another %s is another question', (_what, other) => {
  expect(other).not.toBe(key)
})

it('likeness is kept by embedding model, question and generated questions', () => {
  const keys = [
    similarityKey('judge', model(), 'q', ['a', 'b']),
    similarityKey('judge', model(), 'q', ['ab']),
    similarityKey('judge', model(), 'r', ['a', 'b']),
    similarityKey('judge', model({ embeddingModel: 'other' }), 'q', ['a', 'b']),
    similarityKey('judge', model({ place: 'other' }), 'q', ['a', 'b']),
  ]
  expect(new Set(keys).size).toBe(keys.length)
})

it('what was kept is held against the protocol like a new answer', async () => {
  const contexts = [{ id: 'c', text: 'The insurer pays within 3 days.' }]
  const store = new PlayedStore()
  const honest = playedModel(() => ({
    sentences: [
      {
        number: 1,
        claims: [
          {
            claim: 'The insurer pays within 3 days.',
            reason: '.',
            evidence: [{ context: 1, quote: 'The insurer pays within 3 days.' }],
            verdict: 'supported',
          },
        ],
        citations: [],
      },
    ],
  }))
  const answered = row('The insurer pays within 3 days.', contexts)
  const first = judgeOn(honest, { store })
  expect((await first.judge.scoreRow(answered, ['faithfulness']))[0]?.score).toBe(1)
  await first.judge.flush()
  for (const [kept, answer] of store.answers) {
    const forged = JSON.parse(JSON.stringify(answer).replace('within 3 days."}]', 'at once."}]'))
    store.answers.set(kept, forged)
  }
  const [score] = await judgeOn(honest, { store, claimant: 'b' }).judge.scoreRow(answered, [
    'faithfulness',
  ])
  expect(score).toMatchObject({ score: null, parts: { technical: true } })
  expect(score?.rationale).toContain('was kept')
})
