import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { type Condition, decide } from './decide.ts'
import type { ChainedEntry, LedgerEntry } from './entry.ts'

/** Where a chain stands: what the next entry has to follow. */
export interface ChainEnd {
  /** Of the last entry; 0 before the first. */
  readonly sequence: number
  readonly hash: string
}

/** Before the first entry. */
export const chainStart: ChainEnd = { sequence: 0, hash: '0'.repeat(64) }

/** The first entry that is not as it was written, and what is wrong with it. */
export interface BrokenEntry {
  readonly sequence: number
  readonly reason: string
}

/**
 * Verifies entries that follow an end, oldest first: that none is missing, that each is what its hash was made of
 * (SHA-256 over the hash before it, a line feed and its text), and that each decision follows from its evidence.
 */
export function verifyChain(
  entries: readonly ChainedEntry[],
  end: ChainEnd = chainStart,
): ChainEnd | BrokenEntry {
  let last = end
  for (const entry of entries) {
    const reason = whatIsWrong(entry, last)
    if (reason !== undefined) return { sequence: entry.sequence, reason }
    last = { sequence: entry.sequence, hash: entry.hash }
  }
  return last
}

/** Whether a verification found something. */
export function isBroken(result: ChainEnd | BrokenEntry): result is BrokenEntry {
  return 'reason' in result
}

function whatIsWrong(
  { sequence, content, previousHash, hash }: ChainedEntry,
  last: ChainEnd,
): string | undefined {
  if (sequence !== last.sequence + 1)
    return `it follows entry ${last.sequence}: entries are missing`
  if (previousHash !== last.hash) return `it does not name the hash of entry ${last.sequence}`
  const made = createHash('sha256').update(`${previousHash}\n${content}`).digest('hex')
  if (made !== hash) return 'its text is not what its hash was made of'
  let entry: LedgerEntry
  try {
    entry = JSON.parse(content) as LedgerEntry
  } catch {
    return 'its text is no JSON'
  }
  if (entry.sequence !== sequence) return `its text says that it is entry ${entry.sequence}`
  return whatIsWrongWithDecision(entry)
}

function whatIsWrongWithDecision({
  action,
  evidence,
  decision,
  code,
}: LedgerEntry): string | undefined {
  if (action !== 'promotion' && action !== 'refusal') return undefined
  if (evidence === undefined || decision === undefined) return 'it has no evidence or no decision'
  const again = decide(evidence)
  const by = `; it was decided by ${code ?? 'code that it does not name'}`
  if (again.promoted !== (action === 'promotion')) {
    return `its evidence leads to a ${again.promoted ? 'promotion' : 'refusal'}, not to a ${action}${by}`
  }
  return isDeepStrictEqual(outcomesOf(again.conditions), outcomesOf(decision))
    ? undefined
    : `its evidence does not lead to the conditions that it lists${by}`
}

/** What was asked and how it came out. Later code may say it in other words. */
function outcomesOf(conditions: readonly Condition[]): unknown {
  return conditions.map(({ condition, what, passed }) => ({ condition, what, passed }))
}
