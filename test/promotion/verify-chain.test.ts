import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decide } from '../../lambdas/promotion/decide.ts'
import type { ChainedEntry } from '../../lambdas/promotion/entry.ts'
import { chainStart, verifyChain } from '../../lambdas/promotion/verify-chain.ts'
import { evidenceOf } from './mlflow/gate.ts'

function chainOf(contents: readonly object[]): ChainedEntry[] {
  let previousHash = chainStart.hash
  return contents.map((content, index) => {
    const sequence = index + 1
    const text = JSON.stringify({ ...content, sequence })
    const hash = createHash('sha256').update(`${previousHash}\n${text}`).digest('hex')
    const entry = { sequence, content: text, previousHash, hash }
    previousHash = hash
    return entry
  })
}

const good = evidenceOf('fraud-detector', 1, 1)
const promotion = { action: 'promotion', evidence: good, decision: decide(good).conditions }
const poor = evidenceOf('fraud-detector', 2, 0.2)
const refusal = { action: 'refusal', evidence: poor, decision: decide(poor).conditions }
const chain = chainOf([promotion, refusal, { action: 'rollback' }])

describe('the ledger’s chain', () => {
  it('holds as it was written, also page by page', () => {
    const end = { sequence: 3, hash: chain[2]?.hash }
    expect(verifyChain(chain)).toEqual(end)
    const middle = verifyChain(chain.slice(0, 2))
    expect(verifyChain(chain.slice(2), middle as never)).toEqual(end)
    expect(verifyChain([])).toEqual(chainStart)
  })

  it('holds when later code says the same outcome in other words', () => {
    const decision = promotion.decision.map((each) => ({ ...each, finding: 'reworded' }))
    expect(verifyChain(chainOf([{ ...promotion, decision }]))).not.toHaveProperty('reason')
  })

  it('names the code that decided where the outcome is another', () => {
    const decision = promotion.decision.map((each) => ({ ...each, passed: false }))
    expect(
      verifyChain(chainOf([{ ...promotion, decision, code: 'townin-mlops 0.1.0 (abc)' }])),
    ).toMatchObject({
      reason: expect.stringMatching(/conditions.*decided by townin-mlops 0\.1\.0 \(abc\)$/),
    })
  })

  it('names the first entry whose text was changed', () => {
    const changed = chain.map((entry) =>
      entry.sequence === 2
        ? { ...entry, content: entry.content.replace('"refusal"', '"rollback"') }
        : entry,
    )
    expect(verifyChain(changed)).toMatchObject({
      sequence: 2,
      reason: expect.stringMatching(/hash/),
    })
  })

  it('names the entry after one that is missing, was put in, or was written again', () => {
    expect(verifyChain([chain[0]!, chain[2]!])).toMatchObject({ sequence: 3 })
    const other = chainOf([refusal, refusal, { action: 'rollback' }])
    expect(verifyChain([other[0]!, chain[1]!])).toMatchObject({
      sequence: 2,
      reason: expect.stringMatching(/does not name the hash/),
    })
  })

  it.each([
    ['a promotion that its evidence refuses', { ...refusal, action: 'promotion' }, /refusal/],
    ['a refusal that its evidence promotes', { ...promotion, action: 'refusal' }, /promotion/],
    ['conditions that do not follow', { ...promotion, decision: [] }, /conditions/],
    ['a promotion without evidence', { action: 'promotion' }, /no evidence/],
  ])('does not hold %s', (_, entry, reason) => {
    expect(verifyChain(chainOf([entry]))).toMatchObject({
      sequence: 1,
      reason: expect.stringMatching(reason),
    })
  })
})
