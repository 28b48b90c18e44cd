import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { decide } from '../../../lambdas/promotion/decide.ts'
import type { ChainedEntry } from '../../../lambdas/promotion/entry.ts'
import { verifyLedger } from '../../../lambdas/promotion/verify-ledger.ts'
import { evidenceOf } from '../mlflow/gate.ts'

/** A ledger of promotions and refusals as the database chains it. */
function ledgerOf(
  length: number,
  change: (entry: Record<string, unknown>) => void = () => {},
): ChainedEntry[] {
  const entries: ChainedEntry[] = []
  let previousHash = '0'.repeat(64)
  for (let sequence = 1; sequence <= length; sequence++) {
    const evidence = evidenceOf('보험 답변/v2', sequence, sequence % 2)
    const { promoted, conditions } = decide(evidence)
    const entry = {
      action: promoted ? 'promotion' : 'refusal',
      sequence,
      evidence,
      decision: conditions,
    }
    change(entry)
    const content = JSON.stringify(entry)
    const hash = createHash('sha256').update(`${previousHash}\n${content}`).digest('hex')
    entries.push({ sequence, content, previousHash, hash })
    previousHash = hash
  }
  return entries
}

/** The route, with pages of the size that it is asked for. */
function routeTo(entries: readonly ChainedEntry[]) {
  return async ({ limit, offset }: { readonly limit: number; readonly offset: number }) => ({
    entries: entries.slice(offset, offset + limit),
    truncated: entries.length > offset + limit,
  })
}

describe('a ledger', () => {
  it('of long entries, of which a page has fewer than are asked for, is verified to its end', async () => {
    const entries = ledgerOf(65)
    const readPage = routeTo(entries)
    expect(await verifyLedger((query) => readPage({ ...query, limit: 7 }))).toMatchObject({
      sequence: 65,
    })
  })

  it.each([0, 1, 29, 30, 31, 60, 65])('of %i entries is verified to its end', async (length) => {
    const entries = ledgerOf(length)
    expect(await verifyLedger(routeTo(entries))).toEqual({
      sequence: length,
      hash: entries.at(-1)?.hash ?? '0'.repeat(64),
    })
  })

  it.each([1, 30, 31, 40])('is broken at entry %i when its text was changed', async (sequence) => {
    const entries = ledgerOf(40)
    const index = sequence - 1
    const entry = entries[index]
    if (entry === undefined) throw new Error('There is no such entry.')
    entries[index] = { ...entry, content: entry.content.replace('"n', '"m').replace('40', '41') }
    expect(await verifyLedger(routeTo(entries))).toMatchObject({ sequence })
  })

  it('is broken where an entry is missing, also between two pages', async () => {
    const entries = ledgerOf(40).filter(({ sequence }) => sequence !== 31)
    expect(await verifyLedger(routeTo(entries))).toMatchObject({ sequence: 32 })
  })

  it('is broken where a decision does not follow from its evidence, though all hashes are right', async () => {
    const entries = ledgerOf(3, (entry) => {
      if (entry['sequence'] === 2) entry['action'] = 'promotion'
    })
    expect(await verifyLedger(routeTo(entries))).toEqual({
      sequence: 2,
      reason: expect.stringMatching(/^its evidence leads to a refusal, not to a promotion;/),
    })
  })
})
