import type { Statements } from '../platform/data-api.ts'
import type { ChainedEntry, LedgerEntry } from './entry.ts'
import { findEntries, type LedgerQuery } from './ledger-store.ts'
import { wholeEntries } from './whole-entries.ts'

/**
 * Bytes of entries on one page. A function answers with at most 6 MB, in which each entry stands twice, once as text in
 * JSON in JSON: of nothing but quotes, six bytes come of one.
 */
const mostPageBytes = 1_000_000

/** A page of the ledger. */
export interface LedgerPage {
  readonly entries: readonly (ChainedEntry & { readonly entry: LedgerEntry })[]
  /** Whether there are more after these. */
  readonly truncated: boolean
}

/**
 * A page of the ledger, with the text and the hashes that a verification needs. It has fewer entries than are asked for
 * where they are long, but at least one.
 */
export async function readLedger(statements: Statements, query: LedgerQuery): Promise<LedgerPage> {
  const found = await findEntries(statements, { ...query, limit: query.limit + 1 })
  let bytes = 0
  const page = found.slice(0, query.limit).filter((each, index) => {
    bytes += each.bytes
    return index === 0 || bytes <= mostPageBytes
  })
  const entries = await wholeEntries(statements, page)
  return {
    entries: entries.map((each) => ({ ...each, entry: JSON.parse(each.content) as LedgerEntry })),
    truncated: found.length > page.length,
  }
}
