import type { AlignmentCosts } from '../conformance/fitness.ts'
import type { TokenCounts } from '../metrics/conformance.ts'
import type { ScoredRow } from '../row.ts'

/** What the score of a case says that its alignment costs; `null` when it was not aligned. */
export function costsOf(row: ScoredRow): AlignmentCosts | null {
  return numbersOf(row, ['cost', 'worst'])
}

/** What the score of a case says of its tokens; `null` when it was not replayed. */
export function tokensOf(row: ScoredRow): TokenCounts | null {
  return numbersOf(row, ['produced', 'consumed', 'missing', 'remaining'])
}

function numbersOf<Name extends string>(
  row: ScoredRow,
  names: readonly Name[],
): Record<Name, number> | null {
  const parts = row.scores.find(({ name }) => name === 'conformance')?.parts ?? {}
  const found = names.map((name) => [name, parts[name]] as const)
  if (!found.every(([, part]) => typeof part === 'number')) return null
  return Object.fromEntries(found) as Record<Name, number>
}
