import { describe, expect, it } from 'vitest'
import { dataOf, judgeOn, playedModel, row } from './playing.ts'

const contexts = [
  {
    id: '제12조',
    text: '제12조(보험금의 지급) 회사는 서류를 접수한 날부터 3영업일 이내에\n보험금을 지급합니다. 암 진단비의 면책기간은 가입일부터 90일입니다.',
  },
  { id: 'c2', text: '회사는 고의로 생긴 손해를 보상하지 않습니다.' },
]
const paid = '회사는 서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다.'
const answer = '서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다 [제12조].'

type Claim = Readonly<Record<string, unknown>>

const claim = (more: Claim = {}): Claim => ({
  claim: '서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다.',
  reason: '그렇게 쓰여 있다.',
  evidence: [{ context: 1, quote: paid }],
  verdict: 'supported',
  ...more,
})
const sentence = (claims: readonly Claim[], more: Claim = {}): Claim => ({
  number: 1,
  claims,
  citations: [{ context: 1, quote: paid, supports: true }],
  ...more,
})

/** Scores of an answer that is judged with the given answers, one after the other. */
async function scored(text: string, ...given: unknown[]) {
  const model = playedModel(() => (given.length > 1 ? given.shift() : given[0]))
  const { judge } = judgeOn(model)
  const scores = await judge.scoreRow(row(text, contexts), [
    'faithfulness',
    'hallucination_rate',
    'citation_accuracy',
  ])
  return { model, scores, of: (name: string) => scores.find((score) => score.name === name) }
}

describe('one call', () => {
  it('gives faithfulness, hallucination rate and citation accuracy, computed by our code', async () => {
    const { model, scores } = await scored(answer, { sentences: [sentence([claim()])] })
    expect(model.asked).toHaveLength(1)
    expect(scores.map(({ name, score }) => [name, score])).toEqual([
      ['faithfulness', 1],
      ['hallucination_rate', 0],
      ['citation_accuracy', 1],
    ])
    expect(scores[0]?.parts['verdicts']).toMatchObject([
      { support: 'supported', context: '제12조', passage: paid },
    ])
  })

  it('shows numbered sentences without their citations, and no score to give', async () => {
    const { model } = await scored(answer, { sentences: [sentence([claim()])] })
    expect(dataOf(model.asked[0]!).sentences).toEqual([
      {
        number: 1,
        text: '서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다',
        cites: [1],
      },
    ])
    expect(JSON.stringify(model.asked[0]?.schema)).not.toContain('score')
  })

  it('is made in the language of the answer', async () => {
    const korean = await scored(answer, { sentences: [sentence([claim()])] })
    expect(korean.model.asked[0]?.system).toContain('문장별로 확인합니다')
    const english = await scored('Cover is worldwide.', {
      sentences: [{ number: 1, claims: [], citations: [] }],
    })
    expect(english.model.asked[0]?.system).toContain('sentence by sentence')
  })
})

describe('an answer of the judge is refused, asked about once, and then unscored', () => {
  const wrong: readonly [what: string, answer: unknown, says: string][] = [
    ['that is no JSON', 'fine', 'no JSON'],
    ['of another shape', { score: 1 }, 'sentences'],
    ['with more than was asked for', { sentences: [sentence([claim()])], score: 1 }, 'score'],
    ['that leaves out a sentence', { sentences: [] }, 'Sentence 1 has no entry'],
    [
      'with two entries for a sentence',
      { sentences: [sentence([claim()]), sentence([])] },
      'several entries',
    ],
    [
      'about a sentence that is not there',
      { sentences: [sentence([claim()]), sentence([], { number: 7 })] },
      'no sentence 7',
    ],
    [
      'that quotes what no context says',
      {
        sentences: [
          sentence([claim({ evidence: [{ context: 1, quote: '5영업일 이내에 지급합니다.' }] })]),
        ],
      },
      'does not stand in context 1',
    ],
    [
      'that quotes the answer instead of a context',
      { sentences: [sentence([claim({ evidence: [{ context: 2, quote: paid }] })])] },
      'does not stand in context 2',
    ],
    [
      'with a context that is not there',
      { sentences: [sentence([claim({ evidence: [{ context: 3, quote: paid }] })])] },
      'no context 3',
    ],
    [
      'that supports without a quote',
      { sentences: [sentence([claim({ evidence: [] })])] },
      'no evidence',
    ],
    [
      'with a quote of nothing',
      { sentences: [sentence([claim({ evidence: [{ context: 1, quote: ' ' }] })])] },
      'does not stand',
    ],
    [
      'that passes over a cited context',
      { sentences: [sentence([claim()], { citations: [] })] },
      'exactly one entry',
    ],
  ]

  it.each(wrong)('%s', async (_what, given, says) => {
    const { model, of } = await scored(answer, given)
    expect(model.asked).toHaveLength(2)
    expect(of('faithfulness')).toMatchObject({ score: null, parts: { technical: true } })
    expect(of('faithfulness')?.rationale).toContain(says)
    expect(of('citation_accuracy')?.score).toBeNull()
  })

  it.each(wrong)('and one %s is mended by a right one', async (_what, given) => {
    const { model, of } = await scored(answer, given, { sentences: [sentence([claim()])] })
    expect(of('faithfulness')?.score).toBe(1)
    const [, , repair] = model.asked[1]?.turns ?? []
    expect(repair).toMatchObject({ role: 'user' })
    expect(repair?.text).toContain('규약에 맞지 않습니다')
  })
})

describe('a quote', () => {
  it.each([
    ['with another line break', paid],
    ['in decomposed Unicode', paid.normalize('NFD')],
    ['in quotation marks', `"${paid}"`],
  ])('%s is found', async (_what, quote) => {
    const given = { sentences: [sentence([claim({ evidence: [{ context: 1, quote }] })])] }
    expect((await scored(answer, given)).of('faithfulness')?.score).toBe(1)
  })
})

describe('what a judge calls supported counts as not mentioned', () => {
  const longer = '면책기간은 가입일부터 60일입니다.'
  it.each([
    [
      'when the quote lacks a number of the claim',
      longer,
      claim({
        claim: longer,
        evidence: [{ context: 1, quote: '암 진단비의 면책기간은 가입일부터 90일입니다.' }],
      }),
      'does not say 60',
    ],
    [
      'when the quote has no word of it',
      '홍수 피해도 보장됩니다.',
      claim({ claim: '홍수 피해도 보장됩니다.' }),
      'no word in common',
    ],
  ])('%s', async (_what, text, given, says) => {
    const { model, of } = await scored(text, {
      sentences: [sentence([given], { citations: [] })],
    })
    expect(model.asked, 'it is asked about once').toHaveLength(2)
    expect(of('faithfulness')).toMatchObject({ score: 0 })
    expect(JSON.stringify(of('faithfulness')?.parts)).toContain(says)
  })

  it('and a judge may correct itself', async () => {
    const doubtful = sentence([claim({ claim: longer, evidence: [{ context: 1, quote: paid }] })], {
      citations: [],
    })
    const corrected = sentence(
      [
        claim({
          claim: longer,
          verdict: 'contradicted',
          evidence: [{ context: 1, quote: '면책기간은 가입일부터 90일입니다.' }],
        }),
      ],
      { citations: [] },
    )
    const { of } = await scored(longer, { sentences: [doubtful] }, { sentences: [corrected] })
    expect(of('faithfulness')?.parts).toMatchObject({ contradicted: 1 })
  })

  it('and stays scored when the judge cannot be asked again', async () => {
    const doubtful = sentence([claim({ claim: longer, evidence: [{ context: 1, quote: paid }] })], {
      citations: [],
    })
    const { of } = await scored(longer, { sentences: [doubtful] }, 'no JSON')
    expect(of('faithfulness')?.score).toBe(0)
  })
})

describe('a sentence that a judge passes over', () => {
  it.each([
    ['with a number', '자기부담금은 손해액의 30%입니다.', []],
    [
      'of which only the harmless half is claimed',
      '회사는 보험금을 10영업일 이내에 지급합니다.',
      [claim({ claim: '회사는 보험금을 지급합니다.' })],
    ],
  ])('%s is a claim all the same', async (_what, text, claims) => {
    const { of } = await scored(text, { sentences: [sentence(claims, { citations: [] })] })
    expect(of('hallucination_rate')?.score).toBe(1)
  })

  it.each(['감사합니다.', '더 궁금한 점이 있으신가요?', '자세한 내용은 아래와 같습니다.'])(
    'such as %j is none',
    async (text) => {
      const { model, of } = await scored(text, {
        sentences: [sentence([], { citations: [] })],
      })
      expect(model.asked).toHaveLength(1)
      expect(of('faithfulness')).toMatchObject({
        score: null,
        rationale: 'The answer claims nothing.',
      })
      expect(of('faithfulness')?.parts).not.toMatchObject({ technical: true })
    },
  )
})

describe('a citation', () => {
  const given = (more: Claim) => ({ sentences: [sentence([claim()], more)] })

  it('of a clause that was not retrieved is wrong without asking', async () => {
    const text = '서류를 접수한 날부터 3영업일 이내에 보험금을 지급합니다 (제99조).'
    const { model, of } = await scored(text, given({ citations: [] }))
    expect(dataOf(model.asked[0]!).sentences[0].cites).toEqual([])
    expect(of('citation_accuracy')?.parts).toMatchObject({ wrong: ['제99조: unknown clause'] })
  })

  it('that does not support its sentence is wrong', async () => {
    const citations = [{ context: 1, quote: null, supports: false }]
    const { of } = await scored(answer, given({ citations }))
    expect(of('citation_accuracy')).toMatchObject({ score: 0 })
  })

  it('counts once, however many claims its sentence makes', async () => {
    const { of } = await scored(answer, { sentences: [sentence([claim(), claim(), claim()])] })
    expect(of('citation_accuracy')?.parts).toMatchObject({ citations: 1, right: 1 })
    expect(of('faithfulness')?.parts, 'and so does a claim').toMatchObject({ claims: 1 })
  })

  it('cannot be right where nothing that the sentence says is supported', async () => {
    const unsupported = claim({ verdict: 'not_mentioned', evidence: [] })
    const { of } = await scored(answer, { sentences: [sentence([unsupported])] })
    expect(of('citation_accuracy')).toMatchObject({ score: 0 })
  })
})

it.each([
  ['no answer', row(undefined, contexts), 'There is no answer.'],
  ['unknown contexts', row('네.', undefined), 'It is not known what was retrieved.'],
])('a row with %s is unscored, and nobody is asked', async (_what, given, reason) => {
  const model = playedModel(() => '')
  const [score] = await judgeOn(model).judge.scoreRow(given, ['faithfulness'])
  expect(score).toMatchObject({ score: null, rationale: reason, parts: { technical: false } })
  expect(model.asked).toEqual([])
})
