import * as z from 'zod'
import type { Statements } from '../../platform/data-api.ts'
import type { ListVersions } from '../../platform/object-versions.ts'
import { changeOf } from '../artifact-record.ts'
import type { LedgerEntry } from '../entry.ts'
import type { Guarded } from '../guarded.ts'
import { workspace } from '../ports.ts'
import { type EntrySize, wholeEntries } from '../whole-entries.ts'

/** Findings of one kind that are looked at: one alarm is enough, and an answer of the Data API has 1 MiB. */
const mostOfKind = 50

/** Something that is not as the gate left it. */
export const finding = z.strictObject({
  /** What kind, such as `alias differs from ledger`. */
  finding: z.string(),
  /** Of the model or prompt; of the table where a trigger is missing. */
  name: z.string(),
  /** In a sentence; the same as long as nothing changes. */
  detail: z.string(),
})

export type Finding = z.infer<typeof finding>

/**
 * What is wrong now: with triggers, aliases, stages and contents, and with the files of models in production. Of each
 * kind the first.
 */
export async function findAll(
  database: Statements,
  guarded: readonly Guarded[],
  listVersions: ListVersions,
): Promise<Finding[]> {
  const findings = await database.query<Finding>(
    `select finding, name, detail from (
       select finding, name, detail, row_number() over (partition by finding order by name, detail) as place
       from gate.findings()
     ) found where place <= ${mostOfKind} order by 1, 2, 3`,
  )
  for (const { kind, name } of guarded) {
    if (kind === 'prompt') continue
    const change = await changeOfFiles(database, name, listVersions)
    if (change !== undefined)
      findings.push({ finding: 'artifacts have changed', name, detail: change })
  }
  return findings
}

/**
 * How the files of the version in production differ from those that were let through. Nothing is said of a version that
 * was never promoted: one that was in production before the gate.
 */
async function changeOfFiles(
  database: Statements,
  name: string,
  listVersions: ListVersions,
): Promise<string | undefined> {
  const [row] = await database.query<EntrySize>(
    `select l.sequence, char_length(l.content) as characters from gate.ledger l
     where l.workspace = :workspace and l.name = :name and l.action = 'promotion'
       and l.to_version = gate.production_version(:workspace, :name)
       and l.content::jsonb #> '{evidence,artifacts}' is not null
     order by l.sequence desc limit 1`,
    { workspace, name },
  )
  if (row === undefined) return undefined
  const [whole] = await wholeEntries(database, [row])
  // Our own entry, which nobody can have changed.
  const { evidence, to } = JSON.parse(whole?.content ?? '{}') as Partial<LedgerEntry>
  if (evidence?.artifacts === undefined) return undefined
  const change = changeOf(evidence.artifacts, await listVersions(evidence.artifacts.prefix))
  return change && `version ${to}: ${change}`
}
