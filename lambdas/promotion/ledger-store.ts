import type { Statements } from '../platform/data-api.ts'
import { type LedgerAction, type LedgerEntry, movingActions } from './entry.ts'
import { type Ledger, type MadeMove, type Move, MoveRefused, workspace } from './ports.ts'
import { type EntrySize, wholeEntries } from './whole-entries.ts'

/** Rows without texts of people that are read at a time: the Data API gives 1 MiB, and each has some hundred bytes. */
const rowsPerStatement = 1_000

const moving = movingActions.map((action) => `'${action}'`).join()

/** Moves of a name since it is guarded without a break: what was in production before its adoption is not trusted. */
const movesOfName = `workspace = :workspace and name = :name and action in (${moving})
  and sequence >= gate.history_begin(:workspace, :name)`

/** The ledger by the functions of schema `gate`, as the role gatekeeper. */
export function ledgerIn(statements: Statements): Ledger {
  async function entries(
    where: string,
    values: Readonly<Record<string, string | number>>,
  ): Promise<LedgerEntry[]> {
    const found = await statements.query<EntrySize>(
      `select sequence, char_length(content) as characters from gate.ledger where ${where}`,
      values,
    )
    return (await wholeEntries(statements, found)).map(
      ({ content }) => JSON.parse(content) as LedgerEntry,
    )
  }

  /** Rows with their `sequence`, newest first and however many there are. */
  async function all<Row extends { readonly sequence: number }>(
    select: string,
    values: Readonly<Record<string, string | number>>,
  ): Promise<Row[]> {
    const found: Row[] = []
    for (;;) {
      const rows = await statements.query<Row>(
        `${select} and (:before::bigint is null or sequence < :before::bigint)
         order by sequence desc limit ${rowsPerStatement}`,
        { ...values, before: found.at(-1)?.sequence ?? null },
      )
      found.push(...rows)
      if (rows.length < rowsPerStatement) return found
    }
  }

  return {
    async productionVersion(name) {
      const [row] = await statements.query<{ version: number | null }>(
        'select gate.production_version(:workspace, :name) as version',
        { workspace, name },
      )
      return row?.version ?? null
    },
    async approve({ name, from, to, entry }: Move, seconds) {
      const [row] = await asMove(
        statements.query<{ id: string }>(
          `select gate.approve(:workspace, :name, :from::integer, :to::integer, :entry::jsonb, :seconds::integer)::text as id`,
          { workspace, name, from, to, entry: JSON.stringify(entry), seconds },
        ),
      )
      if (row === undefined) throw new Error(`The database approved no move of ${name}.`)
      return row.id
    },
    async withdraw(approval) {
      await statements.query('select gate.withdraw(:approval::uuid)::text', { approval })
    },
    async record(draft) {
      const [row] = await statements.query<{ sequence: number }>(
        'select gate.record(:entry::jsonb) as sequence',
        { entry: JSON.stringify(draft) },
      )
      if (row === undefined) throw new Error('The ledger gave the entry no number.')
      const [entry] = await entries('sequence = :sequence', row)
      if (entry === undefined) {
        throw new Error(`The ledger has no entry ${row.sequence}, just recorded.`)
      }
      return entry
    },
    async moveTogether(moves) {
      await asMove(
        statements.query('select gate.move_together(:workspace, :moves::jsonb)::text', {
          workspace,
          moves: JSON.stringify(moves),
        }),
      )
    },
    async entry(sequence) {
      return (await entries('sequence = :sequence', { sequence }))[0]
    },
    async entryOfApproval(approval) {
      const found = await entries(
        // An approval lasts for minutes: what consumed one that is asked for was written just now.
        `at > clock_timestamp() - interval '15 minutes' and content::jsonb ->> 'approval' = :approval`,
        { approval },
      )
      return found[0]
    },
    async movesOf(name) {
      return all<MadeMove>(
        `select sequence, action, to_version as "to",
           to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
         from gate.ledger where ${movesOfName}`,
        { workspace, name },
      )
    },
    async lastMoveOf(name) {
      const found = await entries(
        `sequence = (select max(sequence) from gate.ledger where ${movesOfName})`,
        { workspace, name },
      )
      return found[0]
    },
    async versionDigest(name, version) {
      const [row] = await statements.query<{ digest: string | null }>(
        'select gate.version_digest(:workspace, :name, :version::integer) as digest',
        { workspace, name, version },
      )
      return row?.digest ?? null
    },
    async approvalsOf(name, version) {
      return all(
        `select sequence, content::jsonb ->> 'actor' as actor, content::jsonb ->> 'at' as at from gate.ledger
         where workspace = :workspace and name = :name and action = 'approval' and to_version = :version::integer
           and content::jsonb ->> 'versionDigest' = gate.version_digest(:workspace, :name, :version::integer)`,
        { workspace, name, version },
      )
    },
  }
}

/** Raised by `gate.refuse`: the Data API puts Postgres's words and its SQLSTATE into its own message. */
const refusal = /^ERROR: (.*?)(?:; \w[\w ]*: .*)?; SQLState: P0001/s

/** Waits for a move; what the guard refused is said in its own words. @throws MoveRefused */
async function asMove<Result>(made: Promise<Result>): Promise<Result> {
  try {
    return await made
  } catch (error) {
    const [, words] = (error instanceof Error && refusal.exec(error.message)) || []
    throw words === undefined ? error : new MoveRefused(words, { cause: error })
  }
}

/** What is asked of the ledger. */
export interface LedgerQuery {
  readonly name?: string | undefined
  readonly workload?: string | undefined
  readonly action?: LedgerAction | undefined
  /** ISO 8601; half-open. */
  readonly from?: string | undefined
  readonly until?: string | undefined
  readonly limit: number
  readonly offset: number
  /** Oldest first, as a chain is verified. */
  readonly ascending?: boolean
}

/** Which entries are asked for, in their order, and how long each is. */
export async function findEntries(
  statements: Statements,
  { name, workload, action, from, until, limit, offset, ascending = false }: LedgerQuery,
): Promise<(EntrySize & { readonly bytes: number })[]> {
  return statements.query(
    `select sequence, char_length(content) as characters, octet_length(content) as bytes from gate.ledger
     where (:name::text is null or name = :name::text)
       and (:workload::text is null or workload = :workload::text)
       and (:action::text is null or action = :action::text)
       and (:from::text is null or at >= :from::timestamptz)
       and (:until::text is null or at < :until::timestamptz)
     order by sequence ${ascending ? 'asc' : 'desc'} limit :limit offset :offset`,
    {
      name: name ?? null,
      workload: workload ?? null,
      action: action ?? null,
      from: from ?? null,
      until: until ?? null,
      limit,
      offset,
    },
  )
}
