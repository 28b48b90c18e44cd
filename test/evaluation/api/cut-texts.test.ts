import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesOf, cutTexts, mostRowBytes } from '../../../lambdas/evaluation/api/cut-texts.ts'

describe('a row that is shown', () => {
  it('is whole when it is short', () => {
    const row = { id: 'a', inputs: { question: '담보는 무엇인가?', list: [1, null, true] } }
    expect(cutTexts(row)).toEqual(row)
  })

  it('has long texts cut, with a mark that says how long they were', () => {
    const { inputs } = cutTexts({ inputs: { text: 'x'.repeat(5_000) } })
    expect(inputs.text).toHaveLength(4_000 + '… [cut: 5000 characters]'.length)
    expect(inputs.text).toMatch(/xxx… \[cut: 5000 characters\]$/)
  })

  it('never ends in half of a surrogate pair', () => {
    const { text } = cutTexts({ text: `${'x'.repeat(3_999)}😀😀` })
    expect(text.isWellFormed()).toBe(true)
  })

  it('of very many texts has them cut shorter, then left out, largest part first', () => {
    const many = Array.from({ length: 100_000 }, () => 'word')
    expect(
      cutTexts({ id: 'a', contexts: many, inputs: { question: 'short' }, scores: [1] }, ['scores']),
    ).toEqual({
      id: 'a',
      contexts: expect.stringMatching(/^… \[left out: \d+ bytes\]$/),
      inputs: { question: 'short' },
      scores: [1],
    })
  })

  it('takes values nested deeper than anyone reads', () => {
    let nested: unknown = 'end'
    for (let depth = 0; depth < 5_000; depth++) nested = { nested }
    // JSON itself reads no deeper than calls go; what was read is shown.
    expect(JSON.stringify(cutTexts({ nested }))).toContain('nested too deep')
  })

  it('fits into an answer whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ maxDepth: 6 }),
        fc.integer({ min: 1, max: 400 }),
        (value, times) => {
          const row = { id: 'a', inputs: Array.from({ length: times }, () => value) }
          expect(bytesOf(cutTexts(row))).toBeLessThanOrEqual(mostRowBytes)
        },
      ),
      { numRuns: 100 },
    )
  })
})
