import { Problem } from '../domain/problem.ts'
import { configurationDigest } from './configuration.ts'
import type { EntryDraft, LedgerEntry } from './entry.ts'
import { type Guarded, guardedNames } from './guarded.ts'
import { earlierVersions, versionsBeside } from './history.ts'
import { type GatePorts, type MadeMove, type Move, MoveRefused, workspace } from './ports.ts'
import { move } from './promote.ts'
import { tellOfMove } from './tell.ts'

/** Somebody, or a goal that is missed, asks that an earlier version returns. */
export interface RollbackRequest {
  readonly guarded: Guarded
  /** ARN of who asks, or the platform's own name. */
  readonly requester: string
  readonly reason: string
  /** A version that was in production earlier. @default the one before */
  readonly to?: number | undefined
  /** Of an automatic rollback: the promotion that it undoes. */
  readonly automatic?: {
    readonly promotion: number
    readonly metric: string
    readonly since: string
  }
}

/** How a rollback came out: moved, with an entry for each name, or refused with the reason. */
export type RollbackOutcome =
  | { readonly kind: 'rolled back'; readonly entries: readonly LedgerEntry[] }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Returns an earlier version to production without asking the gate: it was in production before. Names of a workload
 * that belong together return to what stood beside that version, in one transaction, all or none.
 */
export async function rollBack(
  request: RollbackRequest,
  ports: GatePorts,
): Promise<RollbackOutcome> {
  const { guarded } = request
  const standing = await standingOf(guarded, ports)
  const asked = await planAsked(standing, request, ports)
  if ('reason' in asked) return { kind: 'refused', reason: asked.reason }
  const others = guarded.gate.together ? await planOthers(standing, asked, request, ports) : []
  if ('reason' in others) return { kind: 'refused', reason: others.reason }
  const moves = [asked, ...others]
  const entries = moves.length === 1 ? await moveOne(asked, ports) : await moveAll(moves, ports)
  if ('reason' in entries) return { kind: 'refused', reason: entries.reason }
  await Promise.all(entries.map((entry) => tellOfMove(entry, undefined, ports)))
  return { kind: 'rolled back', entries }
}

type Refusal = { readonly reason: string }

async function moveOne(planned: Move, ports: GatePorts): Promise<LedgerEntry[] | Refusal> {
  const moved = await move(planned.entry, ports)
  if ('entry' in moved) return [moved.entry]
  return 'refused' in moved
    ? { reason: sentence(moved.refused) }
    : { reason: `production of ${planned.name} moved meanwhile: ask again` }
}

async function moveAll(
  moves: readonly Move[],
  { ledger }: GatePorts,
): Promise<LedgerEntry[] | Refusal> {
  try {
    await ledger.moveTogether(moves)
  } catch (error) {
    if (!(error instanceof MoveRefused)) throw error
    return { reason: sentence(error.message) }
  }
  const found = await Promise.all(
    moves.map(async ({ name, to }) => {
      const made = (await ledger.movesOf(name)).find((each) => each.to === to)
      return made && ledger.entry(made.sequence)
    }),
  )
  return found.flatMap((entry) => (entry === undefined ? [] : [entry]))
}

/** A guarded name with what production points to, and how it got there. */
interface Standing {
  readonly guarded: Guarded
  readonly production: number | null
  /** Newest first. */
  readonly moves: readonly MadeMove[]
}

async function standingOf(guarded: Guarded, { ledger }: GatePorts): Promise<Standing> {
  const [production, moves] = await Promise.all([
    ledger.productionVersion(guarded.name),
    ledger.movesOf(guarded.name),
  ])
  return { guarded, production, moves }
}

/** The move of the name that was asked for, or why there is none. */
async function planAsked(
  standing: Standing,
  request: RollbackRequest,
  { registry, code }: GatePorts,
): Promise<Move | Refusal> {
  const { guarded, production, moves } = standing
  const { name } = guarded
  const { to } = request
  if (production === null) return { reason: `${name} has no version in production` }
  const earlier = earlierVersions(moves, production)
  if (to !== undefined && !earlier.includes(to)) {
    return {
      reason:
        to === production
          ? `version ${to} of ${name} is in production already`
          : `version ${to} of ${name} was never in production since it is guarded; ${earlier.length === 0 ? 'no other version was' : `versions ${earlier.join(', ')} were`}`,
    }
  }
  for (const version of to === undefined ? earlier : [to]) {
    // A deleted version is skipped, unless it is the one that was named.
    if ((await registry.version(name, version)) !== undefined) {
      return moveTo(version, standing, production, request, code)
    }
  }
  return {
    reason:
      to === undefined
        ? `no earlier version of ${name} was in production and still exists: there is nothing to go back to`
        : `version ${to} of ${name} was deleted`,
  }
}

/**
 * Moves of the other names of the workload to what stood beside the version that returns: all, or why there are none. A
 * name that stands there already stays, as does one that had nothing in production then.
 */
async function planOthers(
  asked: Standing,
  { name, to }: Move,
  request: RollbackRequest,
  ports: GatePorts,
): Promise<Move[] | Refusal> {
  const names = guardedNames([asked.guarded.workload]).filter((each) => each.name !== name)
  const others = await Promise.all(names.map(async (each) => standingOf(each, ports)))
  const beside = versionsBeside(
    to,
    asked.moves,
    others.map(({ moves }) => moves),
  )
  const planned: Move[] = []
  for (const [index, other] of others.entries()) {
    const { guarded, production } = other
    const version = beside[index] ?? null
    if (production === null || version === null || version === production) continue
    if ((await ports.registry.version(guarded.name, version)) === undefined) {
      return {
        reason: `version ${version} of ${guarded.name}, which stood beside version ${to} of ${name}, was deleted`,
      }
    }
    planned.push(moveTo(version, other, production, request, ports.code))
  }
  return planned
}

function moveTo(
  version: number,
  { guarded: { name, kind, workload }, moves }: Standing,
  production: number,
  { requester, reason, automatic }: RollbackRequest,
  code: string,
): Move {
  const current = moves.find(({ to }) => to === production)
  const undoes = automatic
    ? { sequence: automatic.promotion, metric: automatic.metric, since: automatic.since }
    : current && { sequence: current.sequence }
  const entry: EntryDraft = {
    action: automatic ? 'automatic-rollback' : 'rollback',
    workload: workload.name,
    workspace,
    name,
    kind,
    from: production,
    to: version,
    actor: requester,
    reason,
    configuration: configurationDigest(workload),
    code,
    ...(undoes && { undoes }),
  }
  return { name, from: production, to: version, entry }
}

/** Reasons end without a full stop. */
function sentence(text: string): string {
  return text.replace(/\.$/, '')
}

/** The refusal as the API answers it. */
export function rollbackProblem(reason: string): Problem {
  return new Problem({ status: 409, title: 'Nothing was rolled back', detail: `${reason}.` })
}
