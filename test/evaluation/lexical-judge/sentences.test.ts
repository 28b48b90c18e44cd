import fc from 'fast-check'
import { expect, it } from 'vitest'
import { splitSentences } from '../../../lambdas/evaluation/lexical-judge/sentences.ts'

it.each([
  ['보험금을 지급합니다. 면책은 90일입니다.', ['보험금을 지급합니다.', '면책은 90일입니다.']],
  ['보험금을 지급합니다 면책은 90일이에요', ['보험금을 지급합니다', '면책은 90일이에요']],
  ['필요 서류와 중요 사항입니다만 참고하세요', ['필요 서류와 중요 사항입니다만 참고하세요']],
  ['정말요? 네!', ['정말요?', '네!']],
  [
    'The rate is 1.5%. Dr. Kim of the U.S. office agreed.',
    ['The rate is 1.5%.', 'Dr. Kim of the U.S. office agreed.'],
  ],
  ['He said "No." Then he left.', ['He said "No."', 'Then he left.']],
  ['See Art. 12 and e.g. No. 5.', ['See Art. 12 and e.g. No. 5.']],
  ['- 첫째\n- 둘째\n1. 셋째', ['첫째', '둘째', '셋째']],
  [
    '지급합니다. [c1] 다음은 다릅니다.[c2, c3] 끝.',
    ['지급합니다. [c1]', '다음은 다릅니다.[c2, c3]', '끝.'],
  ],
  ['전액 보상。면책 없음！', ['전액 보상。', '면책 없음!']],
  ['제13조(보상하지 않는 손해) 보상합니다.', ['제13조(보상하지 않는 손해)', '보상합니다.']],
  ['네. 그런 것. 맞다.', ['네.', '그런 것.', '맞다.']],
  ['', []],
  [' \n ... \n', []],
])('%j is %j', (text, sentences) => {
  expect(splitSentences(text)).toEqual(sentences)
})

it('no letter and no digit of a line is lost', () => {
  const words = fc.constantFrom(
    '지급합니다',
    '지급합니다.',
    'No.',
    '1.5%',
    'yes!',
    '[c1]',
    '"a."',
    '다?',
    ' ',
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (drawn) => {
      const text = `x ${drawn.join(' ')}`
      const letters = (from: string): string => from.replaceAll(/[^\p{L}\p{N}]/gu, '')
      expect(letters(splitSentences(text).join(' '))).toBe(letters(text))
    }),
  )
})
