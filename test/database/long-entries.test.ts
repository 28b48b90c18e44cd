import { describe, expect, it } from 'vitest'
import { decide } from '../../lambdas/promotion/decide.ts'
import type { ChainedEntry, EntryDraft } from '../../lambdas/promotion/entry.ts'
import type { Evidence } from '../../lambdas/promotion/evidence.ts'
import { isBroken, verifyChain } from '../../lambdas/promotion/verify-chain.ts'
import { evidenceOf } from '../promotion/mlflow/gate.ts'
import { caller, usePromotions } from './promotion-stand.ts'

const stand = usePromotions()

/** Evidence whose texts have some bytes in UTF-8. */
function longEvidence(bytes: number, text: string, value = 1): Evidence {
  const detail = text.repeat(Math.ceil(bytes / Buffer.byteLength(text)))
  return evidenceOf(stand.model, 1, value, {
    reproducibility: [{ what: 'git commit', found: true, detail }],
  })
}

/** A draft with the evidence and what is decided on it, in which the evidence's texts stand again. */
function draftOf(evidence: Evidence): EntryDraft {
  const { promoted, conditions } = decide(evidence)
  return {
    action: promoted ? 'promotion' : 'refusal',
    workload: 'fraud-detector',
    workspace: 'default',
    name: stand.model,
    kind: 'model',
    from: null,
    to: 1,
    actor: caller,
    reason: '가'.repeat(1_000),
    evidence,
    decision: conditions,
    configuration: 'c',
    code: 'townin-mlops 0',
  }
}

describe('an entry of the ledger that is longer than a row of the Data API', () => {
  it.each([
    ['Korean', '약관에 근거한 답변 '],
    ['of characters beyond 16 bits', '🧾'],
    ['of quotes and backslashes', '"\\'],
    ['of control characters', '\u0001'],
    ['of one byte each', 'x'],
  ])('is read as it was written: %s', async (_what, text) => {
    const draft = draftOf(longEvidence(100_000, text, 0))
    const { ledger } = stand.ports()
    const { at, ...entry } = await ledger.record(draft)
    expect(entry).toEqual({ ...JSON.parse(JSON.stringify(draft)), sequence: entry.sequence })
    const { status, body } = await stand.call('GET', `/ops/ledger?name=${stand.model}`)
    expect(status).toBe(200)
    expect(body.entries[0].entry).toEqual({ ...entry, at })
    expect(Buffer.byteLength(body.entries[0].content)).toBeGreaterThan(200_000)
    expectWhole(body.entries)
  })

  it.each([9_999, 10_000, 10_001, 150_000, 150_001])(
    'is whole when its text ends near the end of a part: %i characters',
    async (length) => {
      const { rows } = await stand.administrator.query<{ sequence: string }>(
        `select gate.append(jsonb_build_object('action', 'refusal', 'workload', 'w', 'workspace', 'default', 'name', $1::text, 'pad', '')) as sequence`,
        [stand.model],
      )
      const [short] = (await stand.call('GET', `/ops/ledger?name=${stand.model}`)).body.entries
      const digits = String(Number(rows[0]?.sequence) + 1).length - String(short.sequence).length
      await stand.administrator.query(
        `select gate.append(jsonb_build_object('action', 'refusal', 'workload', 'w', 'workspace', 'default', 'name', $1::text, 'pad', repeat('가', $2::integer)))`,
        [stand.model, length - short.content.length - digits],
      )
      const [long] = (await stand.call('GET', `/ops/ledger?name=${stand.model}`)).body.entries
      expect(long.content).toHaveLength(length)
      expectWhole([long], 'it has no evidence or no decision')
    },
  )

  it('is found by the approval that it consumed', async () => {
    const { ledger } = stand.ports()
    const move = { name: stand.model, from: null, to: 1 }
    const entry = draftOf(longEvidence(200_000, '보험 "약관" '))
    const approval = await ledger.approve({ ...move, entry }, 60)
    await stand.mlflow.query(
      `insert into registered_model_aliases (name, alias, version) values ($1, 'production', 1)`,
      [stand.model],
    )
    expect(await ledger.entryOfApproval(approval)).toMatchObject({
      action: 'promotion',
      to: 1,
      approval,
      evidence: entry.evidence,
    })
  })

  it('fills a page: the rest comes with the next', async () => {
    const { ledger } = stand.ports()
    const written: number[] = []
    for (let each = 0; each < 9; each++) {
      const { sequence } = await ledger.record(draftOf(longEvidence(100_000, '약관 ', 0)))
      written.push(sequence)
    }
    const read: ChainedEntry[] = []
    const pages: number[] = []
    for (let truncated = true; truncated;) {
      const { body } = await stand.call(
        'GET',
        `/ops/ledger?name=${stand.model}&order=oldest&limit=30&offset=${read.length}`,
      )
      pages.push(body.entries.length)
      read.push(...body.entries)
      ;({ truncated } = body)
      // In JSON once more, as a function answers: it may have 6 MB.
      expect(JSON.stringify(JSON.stringify(body)).length).toBeLessThan(6_000_000)
    }
    expect(read.map(({ sequence }) => sequence)).toEqual(written)
    expect(pages).toEqual([4, 4, 1])
  })
})

/** Each entry is what its hash was made of, and decisions follow from their evidence. */
function expectWhole(entries: readonly ChainedEntry[], otherwise?: string): void {
  for (const entry of entries) {
    const end = { sequence: entry.sequence - 1, hash: entry.previousHash }
    const result = verifyChain([entry], end)
    if (isBroken(result)) expect(result.reason).toBe(otherwise)
  }
}
