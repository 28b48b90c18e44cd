import type { Statements } from '../platform/data-api.ts'
import type { ChainedEntry, LedgerEntry } from './entry.ts'
import { type LedgerQuery, readEntries } from './ledger-store.ts'

/** Entries read at a time: the Data API answers with at most 1 MiB, of rows of at most 64 KB. */
const entriesPerStatement = 15

/** A page of the ledger. */
export interface LedgerPage {
  readonly entries: readonly (ChainedEntry & { readonly entry: LedgerEntry })[]
  /** Whether there are more after these. */
  readonly truncated: boolean
}

/** A page of the ledger, with the text and the hashes that a verification needs. */
export async function readLedger(statements: Statements, query: LedgerQuery): Promise<LedgerPage> {
  const found: ChainedEntry[] = []
  const wanted = query.limit + 1
  while (found.length < wanted) {
    const limit = Math.min(entriesPerStatement, wanted - found.length)
    const page = await readEntries(statements, {
      ...query,
      limit,
      offset: query.offset + found.length,
    })
    found.push(...page)
    if (page.length < limit) break
  }
  return {
    entries: found
      .slice(0, query.limit)
      .map((each) => ({ ...each, entry: JSON.parse(each.content) as LedgerEntry })),
    truncated: found.length > query.limit,
  }
}
