import * as z from 'zod'
import type { LedgerEntry } from './entry.ts'
import { type Guarded, guardedNames } from './guarded.ts'
import type { GatePorts } from './ports.ts'
import { rollBack } from './roll-back.ts'

/** The event `GoalMissed` as EventBridge delivers it; only standing evaluations send it. */
export const goalMissed = z.object({
  'detail-type': z.literal('GoalMissed'),
  detail: z.object({
    workload: z.string(),
    metric: z.string(),
    /** When the first of the evaluations ended that missed the goal without a break. */
    since: z.iso.datetime({ offset: true }),
    evaluationId: z.string(),
  }),
})

export type GoalMissed = z.infer<typeof goalMissed>['detail']

/** What was done about a goal that is missed. */
export type AutomaticRollback =
  | { readonly result: 'nothing to do'; readonly reason: string }
  | {
      readonly result: 'rolled back'
      readonly name: string
      /** Numbers of the ledger's entries. */
      readonly entries: readonly number[]
    }

/** Who the ledger says has asked. */
const automaticRequester = 'automatic rollback'

/**
 * Returns the version before when production goals have been missed for as long as the workload allows, and what is in
 * production is older than that. At most once for a promotion, and once while goals stay missed: whatever has moved
 * since then may have helped already, or cannot have been the cause. Of several names the one that was promoted last is
 * the likeliest cause.
 * @throws Error when a rollback is due and refused: only what fails ends among the dead letters, of which people hear
 */
export async function rollBackAutomatically(
  missed: GoalMissed,
  ports: GatePorts,
): Promise<AutomaticRollback> {
  const nothing = (reason: string): AutomaticRollback => ({ result: 'nothing to do', reason })
  const guarded = guardedNames(ports.workloads.filter(({ name }) => name === missed.workload))
  const hours = guarded[0]?.gate.rollBackAfterHours
  if (hours === undefined) return nothing(`${missed.workload} asks for no automatic rollback`)
  const since = Date.parse(missed.since)
  if (ports.now().getTime() - since < hours * 3_600_000) {
    return nothing(`${missed.metric} has not been missed for ${hours} hours yet`)
  }
  const moves = await lastMoves(guarded, ports)
  const later = moves.find(({ entry }) => Date.parse(entry.at) >= since)
  if (later !== undefined) {
    return nothing(`production of ${later.guarded.name} has moved since ${missed.metric} is missed`)
  }
  const cause = moves
    .filter(({ entry }) => entry.action === 'promotion')
    .toSorted((left, right) => right.entry.sequence - left.entry.sequence)[0]
  if (cause === undefined) {
    return nothing(`nothing in production of ${missed.workload} came there by a promotion`)
  }
  const { name } = cause.guarded
  const outcome = await rollBack(
    {
      guarded: cause.guarded,
      requester: automaticRequester,
      reason: `${missed.metric} has been missed since ${missed.since}, for more than ${hours} hours (evaluation ${missed.evaluationId})`,
      automatic: {
        promotion: cause.entry.sequence,
        metric: missed.metric,
        since: missed.since,
      },
    },
    ports,
  )
  if (outcome.kind === 'refused') {
    throw new Error(
      `${missed.metric} of ${missed.workload} stays missed, and nothing was rolled back: ${outcome.reason}.`,
    )
  }
  return { result: 'rolled back', name, entries: outcome.entries.map(({ sequence }) => sequence) }
}

/** The entry by which each name's production got where it is; names without one are left out. */
async function lastMoves(
  guarded: readonly Guarded[],
  { ledger }: GatePorts,
): Promise<{ readonly guarded: Guarded; readonly entry: LedgerEntry }[]> {
  const found = await Promise.all(
    guarded.map(async (each) => {
      const entry = await ledger.lastMoveOf(each.name)
      return entry && { guarded: each, entry }
    }),
  )
  return found.filter((each) => each !== undefined)
}
