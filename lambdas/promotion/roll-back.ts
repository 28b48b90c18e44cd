import { Problem } from '../domain/problem.ts'
import { configurationDigest } from './configuration.ts'
import { type EntryDraft, type LedgerEntry, movingActions } from './entry.ts'
import { type Guarded, guardedNames } from './guarded.ts'
import { type GatePorts, type Move, MoveRefused, workspace } from './ports.ts'
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
 * that belong together move in one transaction, all or none.
 */
export async function rollBack(
  request: RollbackRequest,
  ports: GatePorts,
): Promise<RollbackOutcome> {
  const { guarded } = request
  const asked = await planMove(guarded, request, ports, request.to)
  if ('reason' in asked) return { kind: 'refused', reason: asked.reason }
  const others = guarded.gate.together ? await planOthers(guarded, request, ports) : []
  const refusal = others.find((each) => 'reason' in each)
  if (refusal !== undefined && 'reason' in refusal)
    return { kind: 'refused', reason: refusal.reason }
  const moves = [asked, ...others.flatMap((each) => ('entry' in each ? [each] : []))]
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
      const entries = await ledger.entriesOf(name)
      return entries.find((each) => movingActions.includes(each.action) && each.to === to)
    }),
  )
  return found.flatMap((entry) => (entry === undefined ? [] : [entry]))
}

/** The other names of the workload, each back to its own version before: all move, or none. */
async function planOthers(
  guarded: Guarded,
  request: RollbackRequest,
  ports: GatePorts,
): Promise<(Move | Refusal)[]> {
  const others = guardedNames([guarded.workload]).filter(({ name }) => name !== guarded.name)
  return Promise.all(others.map((other) => planMove(other, request, ports, undefined)))
}

/** The move of one name, or why there is none. */
async function planMove(
  { name, kind, workload }: Guarded,
  { requester, reason, automatic }: RollbackRequest,
  { ledger, registry, code }: GatePorts,
  to: number | undefined,
): Promise<Move | Refusal> {
  const [from, entries] = await Promise.all([
    ledger.productionVersion(name),
    ledger.entriesOf(name),
  ])
  if (from === null) return { reason: `${name} has no version in production` }
  const earlier = earlierVersions(entries, from)
  if (to !== undefined && !earlier.includes(to)) {
    return {
      reason:
        to === from
          ? `version ${to} of ${name} is in production already`
          : `version ${to} of ${name} was never in production; ${earlier.length === 0 ? 'no other version was' : `versions ${earlier.join(', ')} were`}`,
    }
  }
  for (const version of to === undefined ? earlier : [to]) {
    // A deleted version is skipped, unless it is the one that was named.
    if ((await registry.version(name, version)) === undefined) continue
    const current = entries.find((each) => movingActions.includes(each.action) && each.to === from)
    const undoes = automatic
      ? { sequence: automatic.promotion, metric: automatic.metric, since: automatic.since }
      : current && { sequence: current.sequence }
    const entry: EntryDraft = {
      action: automatic ? 'automatic-rollback' : 'rollback',
      workload: workload.name,
      workspace,
      name,
      kind,
      from,
      to: version,
      actor: requester,
      reason,
      configuration: configurationDigest(workload),
      code,
      ...(undoes && { undoes }),
    }
    return { name, from, to: version, entry }
  }
  return {
    reason:
      to === undefined
        ? `no earlier version of ${name} was in production and still exists: there is nothing to go back to`
        : `version ${to} of ${name} was deleted`,
  }
}

/**
 * Versions that were in production before the one that is there now, the one before it first, each once. Entries are
 * newest first. What a rollback has left behind does not count as the one before: going back twice goes back further.
 */
export function earlierVersions(entries: readonly LedgerEntry[], current: number): number[] {
  const path: number[] = []
  // From the oldest on, as a walk: a promotion goes a step further, a rollback returns to a step that was made.
  for (const { action, to } of entries.toReversed()) {
    if (!movingActions.includes(action) || to === null) continue
    const back = path.lastIndexOf(to)
    const isBack = action === 'rollback' || action === 'automatic-rollback'
    if (isBack && back !== -1) path.splice(back + 1)
    else path.push(to)
  }
  const all = entries.flatMap(({ action, to }) =>
    movingActions.includes(action) && to !== null ? [to] : [],
  )
  // Behind the steps, what was left by rollbacks: it can be named, and is the last resort.
  return [...new Set([...path.toReversed(), ...all])].filter((version) => version !== current)
}

/** Reasons end without a full stop. */
function sentence(text: string): string {
  return text.replace(/\.$/, '')
}

/** The refusal as the API answers it. */
export function rollbackProblem(reason: string): Problem {
  return new Problem({ status: 409, title: 'Nothing was rolled back', detail: `${reason}.` })
}
