import type { PlatformEvent } from '../platform/events.ts'
import type { Decision } from './decide.ts'
import type { LedgerEntry } from './entry.ts'
import type { GatePorts } from './ports.ts'

/** Tag of a version in MLflow's registry: the number of the ledger's entry that moved it last. */
const ledgerTag = 'ops.ledger.entry'

/**
 * Points MLflow's version to the ledger's entry and tells who listens. What fails here is logged and no more: the entry
 * is written, and nothing that is said about it changes it.
 */
export async function tellOfMove(
  entry: LedgerEntry,
  decision: Decision | undefined,
  ports: Pick<GatePorts, 'registry' | 'sendEvents' | 'environment' | 'log'>,
): Promise<void> {
  const { registry, sendEvents, log } = ports
  const told = await Promise.allSettled([
    entry.to === null
      ? undefined
      : registry.tagVersion(entry.name, entry.to, ledgerTag, String(entry.sequence)),
    sendEvents([eventOf(entry, decision, ports.environment)]),
  ])
  for (const one of told) {
    if (one.status === 'fulfilled') continue
    log('the ledger has the entry, but not everybody was told', {
      sequence: entry.sequence,
      reason: String(one.reason),
    })
  }
}

/** `PromotionDecided` for a promotion or a refusal, `RolledBack` for what was undone. */
function eventOf(
  entry: LedgerEntry,
  decision: Decision | undefined,
  environment: string,
): PlatformEvent {
  const { workload, name, from, to, actor, reason, sequence, at } = entry
  const detail = {
    environment,
    workload,
    kind: entry.kind,
    name,
    from,
    to,
    actor,
    reason,
    entry: sequence,
    at,
  }
  if (entry.action === 'rollback' || entry.action === 'automatic-rollback') {
    return {
      type: 'RolledBack',
      detail: { ...detail, automatic: entry.action === 'automatic-rollback', ...entry.undoes },
    }
  }
  const failed = decision?.conditions.filter(({ passed }) => !passed) ?? []
  return {
    type: 'PromotionDecided',
    detail: {
      ...detail,
      promoted: entry.action === 'promotion',
      // Events are at most 256 KB: the first are enough to know, the ledger has all.
      failed: failed
        .slice(0, 10)
        .map(({ condition, what, finding }) => ({ condition, what, finding })),
    },
  }
}
