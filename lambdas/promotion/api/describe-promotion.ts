import type * as z from 'zod'
import type { LedgerEntry } from '../entry.ts'
import type { Outcome, PromotionRequest } from '../promote.ts'
import type { promotionResponse } from './schema.ts'

type Described = z.input<typeof promotionResponse>

/** How a promotion came out, with every condition. */
export function describeOutcome(
  { guarded, version, requester, reason }: PromotionRequest,
  outcome: Exclude<Outcome, { kind: 'unknown version' | 'overtaken' }>,
): Described {
  const { kind, name, workload } = guarded
  const asked = { workload: workload.name, kind, name, version, requester, reason }
  switch (outcome.kind) {
    case 'unchanged':
      return {
        ...asked,
        outcome: 'unchanged',
        from: outcome.from,
        entry: null,
        at: null,
        conditions: [],
        evidence: null,
      }
    case 'dry run': {
      const { decision, evidence, from } = outcome
      return {
        ...asked,
        outcome: decision.promoted ? 'would be promoted' : 'would be refused',
        from,
        entry: null,
        at: null,
        conditions: [...decision.conditions],
        evidence,
      }
    }
    default:
      return describeEntry(outcome.entry, kind)
  }
}

/** A promotion or a refusal as the ledger keeps it. */
export function describeEntry(entry: LedgerEntry, kind: 'model' | 'prompt'): Described {
  return {
    outcome: entry.action === 'promotion' ? 'promoted' : 'refused',
    workload: entry.workload,
    kind,
    name: entry.name,
    version: entry.to ?? 0,
    from: entry.from,
    entry: entry.sequence,
    at: entry.at,
    requester: entry.actor,
    reason: entry.reason,
    conditions: [...(entry.decision ?? [])],
    evidence: entry.evidence ?? null,
  }
}
