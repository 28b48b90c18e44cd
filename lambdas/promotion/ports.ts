import type { Workload } from '../domain/workload.ts'
import type { SendEvents } from '../platform/events.ts'
import type { EntryDraft, LedgerAction, LedgerEntry } from './entry.ts'
import type { Candidate, Evidence } from './evidence.ts'
import type { Guarded } from './guarded.ts'

/** The only workspace of the platform's MLflow. */
export const workspace = 'default'

/** One move of `production`. */
export interface Move {
  readonly name: string
  /** What production points to now; `null` where it points to nothing. */
  readonly from: number | null
  readonly to: number
  readonly entry: EntryDraft
}

/** A move that was made, as the ledger's entry says. */
export interface MadeMove {
  readonly sequence: number
  /** One of `movingActions`. */
  readonly action: LedgerAction
  /** `null` where a name was adopted with nothing in production. */
  readonly to: number | null
  /** ISO 8601, UTC. */
  readonly at: string
}

/** A person's approval, as the ledger's entry says. */
export interface GivenApproval {
  readonly sequence: number
  /** ARN of who approved. */
  readonly actor: string
  /** ISO 8601, UTC. */
  readonly at: string
}

/** The ledger and the guard in the database, as the role that decides. */
export interface Ledger {
  /** The version that `production` of a name points to; `null` where it points to none. */
  productionVersion(name: string): Promise<number | null>
  /**
   * Lets one move be made within some seconds; returns the id of the approval.
   * @throws MoveRefused when the version is gone, or no longer what was evaluated or was in production
   */
  approve(move: Move, seconds: number): Promise<string>
  /** Takes an approval back that was not used. */
  withdraw(approval: string): Promise<void>
  /** Records what moves nothing; returns the entry. */
  record(entry: EntryDraft): Promise<LedgerEntry>
  /**
   * Moves several names in one transaction, all or none.
   * @throws MoveRefused when one of them does not stand where its move begins
   */
  moveTogether(moves: readonly Move[]): Promise<void>
  /** An entry by its number. */
  entry(sequence: number): Promise<LedgerEntry | undefined>
  /** The entry that consumed an approval; `undefined` while nothing has. */
  entryOfApproval(approval: string): Promise<LedgerEntry | undefined>
  /** All moves of a name since it is guarded without a break, newest first; the oldest may be its adoption. */
  movesOf(name: string): Promise<MadeMove[]>
  /** The entry of the last of them; `undefined` where there is none. */
  lastMoveOf(name: string): Promise<LedgerEntry | undefined>
  /** SHA-256 over what a version is made of; `null` where there is no such version. */
  versionDigest(name: string, version: number): Promise<string | null>
  /** Approvals of a version as it is made now, newest first: one of an earlier text is not one of this. */
  approvalsOf(name: string, version: number): Promise<GivenApproval[]>
}

/** The database refused a move. */
export class MoveRefused extends Error {
  override readonly name = 'MoveRefused'
}

/** A version in MLflow's registry. */
export interface RegisteredVersion {
  readonly name: string
  readonly version: number
  /** Empty where there is none. */
  readonly runId: string
  readonly source: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
  readonly tags: Readonly<Record<string, string>>
}

/** MLflow's registry, reached behind the gate. */
export interface Registry {
  /** `undefined` when there is no such version. */
  version(name: string, version: number): Promise<RegisteredVersion | undefined>
  /** Points `production` to a version. @throws MlflowError with status 400 when the guard in the database refuses */
  pointProductionTo(name: string, version: number): Promise<void>
  tagVersion(name: string, version: number, key: string, value: string): Promise<void>
}

/** Collects what a decision rests on. */
export type Gather = (asked: {
  readonly candidate: Candidate
  readonly guarded: Guarded
  /** The version in production; `null` where there is none. */
  readonly production: number | null
  /** ARN of who asks. */
  readonly requester: string
  /** ISO 8601, UTC. */
  readonly at: string
}) => Promise<Evidence>

/** What promotions and rollbacks need from outside. */
export interface GatePorts {
  readonly ledger: Ledger
  readonly registry: Registry
  readonly gather: Gather
  readonly sendEvents: SendEvents
  readonly workloads: readonly Workload[]
  readonly environment: string
  /** Version of the platform, for the ledger. */
  readonly code: string
  readonly now: () => Date
  /** Told of what went wrong after a move was made: the move stands. */
  readonly log: (message: string, details: Readonly<Record<string, unknown>>) => void
}
