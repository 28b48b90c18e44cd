import { createHash } from 'node:crypto'
import type { Database, Statements } from '../../platform/data-api.ts'
import { configurationDigest } from '../configuration.ts'
import type { Guarded } from '../guarded.ts'
import { workspace } from '../ports.ts'
import type { Finding } from './findings.ts'

/** What is known of the check before this one. */
export interface EarlierCheck {
  /** ISO 8601, UTC. */
  readonly startedAt: string
  readonly findings: readonly Finding[]
}

/** Of findings that concern no single name, such as a missing trigger. */
const everyWorkload = 'all'

/**
 * Writes an entry `outside-change` for each finding that the check before did not have, once: also when this runs
 * twice, or died before it was noted. One that was put right and comes back is new.
 * @returns how many were written
 */
export async function recordNew(
  database: Database,
  findings: readonly Finding[],
  earlier: EarlierCheck | undefined,
  context: { readonly guarded: readonly Guarded[]; readonly code: string },
): Promise<number> {
  const known = new Set(earlier?.findings.map(keyOf))
  const candidates = findings.filter((each) => !known.has(keyOf(each)))
  if (candidates.length === 0) return 0
  return database.transaction(async (statements) => {
    // One check at a time, so that each sees what the other has written.
    await statements.query(`select pg_advisory_xact_lock(hashtextextended('gate.check', 0))::text`)
    const written = await writtenSince(statements, earlier?.startedAt)
    const fresh = candidates.filter((each) => !written.has(keyOf(each)))
    for (const each of fresh) {
      await statements.query('select gate.record(:entry::jsonb)::text', {
        entry: JSON.stringify(entryOf(each, context)),
      })
    }
    return fresh.length
  })
}

/** Keys of what was recorded since the check before began. */
async function writtenSince(
  statements: Statements,
  since: string | undefined,
): Promise<Set<string>> {
  const rows = await statements.query<{ key: string }>(
    `select l.content::jsonb ->> 'finding' as key from gate.ledger l
     where l.action = 'outside-change' and l.at >= coalesce(:since::timestamptz, '-infinity')
       and l.content::jsonb ->> 'finding' is not null`,
    { since: since ?? null },
  )
  return new Set(rows.map(({ key }) => key))
}

function entryOf(
  found: Finding,
  { guarded, code }: { readonly guarded: readonly Guarded[]; readonly code: string },
): Record<string, unknown> {
  const owner = guarded.find(({ name }) => name === found.name)
  return {
    action: 'outside-change',
    workload: owner?.workload.name ?? everyWorkload,
    workspace,
    name: found.name,
    ...(owner !== undefined && {
      kind: owner.kind,
      configuration: configurationDigest(owner.workload),
    }),
    from: null,
    to: null,
    actor: 'gate check',
    reason: `${found.finding}: ${found.detail}`,
    code,
    finding: keyOf(found),
  }
}

/** Tells findings apart. */
function keyOf({ finding, name, detail }: Finding): string {
  return createHash('sha256')
    .update(JSON.stringify([finding, name, detail]))
    .digest('hex')
    .slice(0, 20)
}
