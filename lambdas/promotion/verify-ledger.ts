import type { ChainedEntry } from './entry.ts'
import {
  type BrokenEntry,
  type ChainEnd,
  chainStart,
  isBroken,
  verifyChain,
} from './verify-chain.ts'

/** A page of `GET /ops/ledger`. */
export type ReadLedgerPage = (query: {
  readonly order: 'oldest'
  readonly limit: number
  readonly offset: number
}) => Promise<{ readonly entries: readonly ChainedEntry[]; readonly truncated: boolean }>

/** The most that the route gives at a time. */
const entriesPerPage = 30

/**
 * Verifies the whole ledger, oldest entry first.
 * @returns where it ends, or the first entry that is wrong
 */
export async function verifyLedger(readPage: ReadLedgerPage): Promise<ChainEnd | BrokenEntry> {
  let end: ChainEnd = chainStart
  for (let offset = 0; ;) {
    const page = await readPage({ order: 'oldest', limit: entriesPerPage, offset })
    const result = verifyChain(page.entries, end)
    if (isBroken(result)) return result
    end = result
    if (!page.truncated) return end
    // A page of long entries has fewer.
    offset += page.entries.length
  }
}
