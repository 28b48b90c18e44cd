import { describe, expect, it } from 'vitest'
import {
  contextsCited,
  takeCitations,
} from '../../../lambdas/evaluation/lexical-judge/citations.ts'

const contexts = [
  { id: 'c1', text: '제12조(보험금의 지급) ① 회사는 3일 이내에 지급합니다.' },
  { id: '약관/제13조 제2항', text: '고의로 인한 손해는 보상하지 않습니다. 제12조에 따른다.' },
  { id: 'c3', text: 'Article 5\nThe insurer pays.' },
  { id: 'general', text: '제4조의2 (정의)\n용어의 뜻' },
]

describe('citations', () => {
  it.each([
    ['지급합니다 [c1].', '지급합니다 .', ['c1']],
    ['지급합니다 [c1, C3]', '지급합니다', ['c1', 'C3']],
    ['지급합니다 [general]', '지급합니다', ['general']],
    ['[행사] 지급합니다', '[행사] 지급합니다', []],
    ['지급합니다 (제12조 제1항)', '지급합니다', ['제12조 제1항']],
    ['제12조에 따라 지급합니다', '에 따라 지급합니다', ['제12조']],
    ['It pays under Article 5.', 'It pays under .', ['Article 5']],
  ])('of %j leave %j and are %j', (sentence, text, cited) => {
    expect(takeCitations(sentence, contexts)).toEqual({ text, cited })
  })

  it.each([
    ['c1', ['c1']],
    ['C 1', ['c1']],
    ['제12조', ['c1']],
    ['제12조제1항', ['c1']],
    ['제 13 조', ['약관/제13조 제2항']],
    ['제13조 제2항', ['약관/제13조 제2항']],
    ['제13조 제3항', []],
    ['제1조', []],
    ['제4조', []],
    ['제4조의2', ['general']],
    ['Section 5', ['c3']],
    ['c9', []],
  ])('%j means %j', (cited, ids) => {
    expect(contextsCited(cited, contexts).map(({ id }) => id)).toEqual(ids)
  })
})
