import type { Statements } from '../platform/data-api.ts'
import type { ChainedEntry } from './entry.ts'

/** An entry of the ledger that is to be read, and how long it is. */
export interface EntrySize {
  readonly sequence: number
  readonly characters: number
}

/**
 * Characters of a text that are read as one row: the Data API gives rows of at most 64 KB. Even with 4 bytes each, or
 * with each written as an escape of JSON, they are fewer.
 */
const charactersPerPart = 10_000

/** Parts that are read at a time: the Data API answers with at most 1 MiB. */
const partsPerStatement = 15

/**
 * Reads entries of the ledger, in the order given, however long they are. An entry with much evidence is longer than a
 * row that the Data API gives, so each comes in parts. Entries do not change, so that parts always fit together.
 */
export async function wholeEntries(
  statements: Statements,
  wanted: readonly EntrySize[],
): Promise<ChainedEntry[]> {
  const parts = wanted.flatMap(({ sequence, characters }) =>
    Array.from({ length: Math.ceil(characters / charactersPerPart) }, (_, part) => ({
      sequence,
      part,
    })),
  )
  const entries = new Map<number, ChainedEntry>()
  for (let first = 0; first < parts.length; first += partsPerStatement) {
    const asked = parts.slice(first, first + partsPerStatement)
    const read = await statements.query<ChainedEntry>(
      // Each text is cut no more often than it is asked for: for that it is unpacked from its beginning.
      `select l.sequence, l.previous_hash as "previousHash", l.hash,
         substr(l.content, w.part * ${charactersPerPart} + 1, ${charactersPerPart}) as content
       from unnest(string_to_array(:sequences, ',')::bigint[], string_to_array(:parts, ',')::integer[])
         with ordinality w(sequence, part, place)
       join gate.ledger l on l.sequence = w.sequence order by w.place`,
      {
        sequences: asked.map(({ sequence }) => sequence).join(),
        parts: asked.map(({ part }) => part).join(),
      },
    )
    for (const each of read) {
      const begun = entries.get(each.sequence)
      entries.set(each.sequence, begun ? { ...begun, content: begun.content + each.content } : each)
    }
  }
  return [...entries.values()]
}
