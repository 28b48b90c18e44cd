import { guardedNames } from '../guarded.ts'
import type { GatePorts } from '../ports.ts'
import { isTold, tellOfMove } from '../tell.ts'

/** Longer than any function lives that may still tell of its own move. */
const ownTimeMilliseconds = 5 * 60_000

/**
 * Tells of moves of which the one who made them did not live to tell: of each guarded name the last. One that another
 * has followed meanwhile is in the ledger alone; what was told of its follower says more.
 * @returns how many moves were told of
 */
export async function tellLate(
  ports: Pick<
    GatePorts,
    'ledger' | 'registry' | 'sendEvents' | 'workloads' | 'environment' | 'log' | 'now'
  >,
): Promise<number> {
  let told = 0
  for (const { name } of guardedNames(ports.workloads)) {
    const last = await ports.ledger.lastMoveOf(name)
    // Of what a deployment adopted nobody is told.
    if (last === undefined || last.to === null || last.action === 'adoption') continue
    if (ports.now().getTime() - Date.parse(last.at) < ownTimeMilliseconds) continue
    const version = await ports.registry.version(name, last.to)
    if (version === undefined || isTold(last, version)) continue
    await tellOfMove(last, undefined, ports)
    told += 1
  }
  return told
}
