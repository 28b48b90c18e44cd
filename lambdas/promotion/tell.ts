import type { PlatformEvent } from '../platform/events.ts'
import type { Decision } from './decide.ts'
import type { LedgerEntry } from './entry.ts'
import type { GatePorts, RegisteredVersion } from './ports.ts'

/** Tag of a version in MLflow's registry: the number of the ledger's entry that was told of it last. */
const ledgerTag = 'ops.ledger.entry'

/**
 * Tells who listens, then points MLflow's version to the ledger's entry: the tag says that the event was sent. What fails
 * here is logged and no more: the entry is written, and nothing that is said about it changes it.
 */
export async function tellOfMove(
  entry: LedgerEntry,
  decision: Decision | undefined,
  ports: Pick<GatePorts, 'registry' | 'sendEvents' | 'environment' | 'log'>,
): Promise<void> {
  const { registry, sendEvents, log } = ports
  try {
    await sendEvents([eventOf(entry, decision, ports.environment)])
    if (entry.to !== null) {
      await registry.tagVersion(entry.name, entry.to, ledgerTag, String(entry.sequence))
    }
  } catch (error) {
    log('the ledger has the entry, but not everybody was told', {
      sequence: entry.sequence,
      reason: String(error),
    })
  }
}

/** Whether an entry of a version was told: it, or a later one. */
export function isTold({ sequence }: LedgerEntry, { tags }: RegisteredVersion): boolean {
  return Number(tags[ledgerTag] ?? 0) >= sequence
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
