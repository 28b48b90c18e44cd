import type { Condition } from './decide.ts'
import type { Evidence } from './evidence.ts'

/** What an entry of the ledger says has happened. */
export const ledgerActions = [
  'promotion',
  'refusal',
  'rollback',
  'automatic-rollback',
  'approval',
  'adoption',
  'version-deleted',
  'outside-change',
] as const

export type LedgerAction = (typeof ledgerActions)[number]

/** Actions after which `production` points to the entry's `to`. */
export const movingActions: readonly LedgerAction[] = [
  'promotion',
  'rollback',
  'automatic-rollback',
  'adoption',
]

/** What the platform writes of an entry; the database adds the rest of {@link LedgerEntry}. */
export interface EntryDraft {
  readonly action: LedgerAction
  readonly workload: string
  readonly workspace: string
  readonly name: string
  readonly kind: 'model' | 'prompt'
  readonly from: number | null
  readonly to: number | null
  /** ARN of who asked. */
  readonly actor: string
  readonly reason: string
  /** Of promotions and refusals: all that the decision rests on. */
  readonly evidence?: Evidence
  /** Of promotions and refusals: `decide(evidence).conditions`. */
  readonly decision?: readonly Condition[]
  /** SHA-256 of the workload's configuration. */
  readonly configuration: string
  /** What decided: the platform's version and commit, such as `townin-mlops 0.1.0 (<commit>)`. */
  readonly code: string
  /** Of what the version is made of, when it was approved or moved to production. */
  readonly versionDigest?: string | null
  /** Of rollbacks: the entry that is undone, or the goal that was missed. */
  readonly undoes?: { readonly sequence: number; readonly metric?: string; readonly since?: string }
}

/** An entry as it stands. Adoptions and deletions, which the database writes by itself, have only some of the fields. */
export interface LedgerEntry extends Partial<EntryDraft> {
  readonly action: LedgerAction
  readonly workload: string
  readonly workspace: string
  readonly name: string
  readonly from: number | null
  readonly to: number | null
  readonly actor: string
  readonly reason: string
  readonly sequence: number
  /** ISO 8601, UTC. */
  readonly at: string
  /** The approval that the move consumed. */
  readonly approval?: string
}

/** An entry with what chains it to the one before. */
export interface ChainedEntry {
  readonly sequence: number
  /** The JSON text of the entry, which is what is hashed. */
  readonly content: string
  readonly previousHash: string
  readonly hash: string
}
