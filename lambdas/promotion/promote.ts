import { configurationDigest } from './configuration.ts'
import { type Decision, decide } from './decide.ts'
import type { EntryDraft, LedgerEntry } from './entry.ts'
import type { Evidence } from './evidence.ts'
import type { Guarded } from './guarded.ts'
import { type GatePorts, MoveRefused, workspace } from './ports.ts'
import { tellOfMove } from './tell.ts'

/** Somebody asks that `production` of a guarded name points to a version. */
export interface PromotionRequest {
  readonly guarded: Guarded
  readonly version: number
  /** ARN of who asks, from the request's signature or session. */
  readonly requester: string
  /** Why; empty where the client has no place for it. */
  readonly reason: string
  /** Whether only the decision is asked for: nothing is recorded and nothing moves. @default false */
  readonly dryRun?: boolean
}

/** How a promotion came out. */
export type Outcome =
  /** There is no such version. */
  | { readonly kind: 'unknown version' }
  /** It is in production already: nothing was asked of it, and nothing moves. */
  | { readonly kind: 'unchanged'; readonly from: number }
  | {
      readonly kind: 'dry run'
      readonly from: number | null
      readonly evidence: Evidence
      readonly decision: Decision
    }
  | {
      readonly kind: 'promoted' | 'refused'
      readonly from: number | null
      readonly evidence: Evidence
      readonly decision: Decision
      readonly entry: LedgerEntry
    }
  /** Production moved while this was decided, twice. Asking again decides against what is there then. */
  | { readonly kind: 'overtaken'; readonly from: number | null; readonly now: number | null }

/** Seconds for which an approval may be used: a call to MLflow with its retries. */
const approvalSeconds = 60

/** How often a promotion is decided when production moves meanwhile. */
const attempts = 2

/**
 * Decides on a promotion and makes it. The one who moves `production` is the database's guard, in the transaction of
 * MLflow's own call; a death at any step leaves an approval that expires, or a complete promotion.
 * @throws MlflowError when MLflow cannot be asked, or refuses for another reason than the guard's
 */
export async function promote(request: PromotionRequest, ports: GatePorts): Promise<Outcome> {
  const { guarded, version, requester, dryRun = false } = request
  const { name, kind } = guarded
  if ((await ports.registry.version(name, version)) === undefined)
    return { kind: 'unknown version' }
  let overtaken: Outcome = { kind: 'overtaken', from: null, now: null }
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const from = await ports.ledger.productionVersion(name)
    if (from === version) return { kind: 'unchanged', from }
    const evidence = await ports.gather({
      candidate: { kind, name, version },
      guarded,
      production: from,
      requester,
      at: ports.now().toISOString(),
    })
    const decision = decide(evidence)
    if (dryRun) return { kind: 'dry run', from, evidence, decision }
    const draft = draftOf(request, ports, { from, evidence, decision })
    if (!decision.promoted) return refuse(draft, { from, evidence, decision }, ports)
    const moved = await move(draft, ports)
    if ('refused' in moved) {
      const against = withRefusal(evidence, moved.refused)
      const refusal: Decided = { from, evidence: against, decision: decide(against) }
      return refuse(draftOf(request, ports, refusal), refusal, ports)
    }
    if ('entry' in moved) {
      const { entry } = moved
      await tellOfMove(entry, decision, ports)
      return { kind: 'promoted', from, evidence, decision, entry }
    }
    overtaken = { kind: 'overtaken', from, now: moved.now }
  }
  return overtaken
}

interface Decided {
  readonly from: number | null
  readonly evidence: Evidence
  readonly decision: Decision
}

function draftOf(
  { guarded, version, requester, reason }: PromotionRequest,
  { code }: GatePorts,
  { from, evidence, decision }: Decided,
): EntryDraft {
  return {
    action: decision.promoted ? 'promotion' : 'refusal',
    workload: guarded.workload.name,
    workspace,
    name: guarded.name,
    kind: guarded.kind,
    from,
    to: version,
    actor: requester,
    reason,
    evidence,
    decision: decision.conditions,
    configuration: configurationDigest(guarded.workload),
    code,
  }
}

async function refuse(draft: EntryDraft, decided: Decided, ports: GatePorts): Promise<Outcome> {
  const entry = await ports.ledger.record(draft)
  await tellOfMove(entry, decided.decision, ports)
  return { kind: 'refused', ...decided, entry }
}

/**
 * The evidence with what the database knows and nobody else: that the version was changed while this was decided, or is
 * gone. As a requirement that is not met, so that the decision still follows from the evidence.
 */
function withRefusal(evidence: Evidence, detail: string): Evidence {
  const requirement = { what: 'consent of the database', found: false, detail }
  return { ...evidence, reproducibility: [...evidence.reproducibility, requirement] }
}

/** How a move came out: made, refused by the database in its own words, or overtaken by another. */
export type Moved =
  | { readonly entry: LedgerEntry }
  | { readonly refused: string }
  | { readonly now: number | null }

/** Makes one approved move of `production`. */
export async function move(
  draft: EntryDraft,
  { ledger, registry }: Pick<GatePorts, 'ledger' | 'registry'>,
): Promise<Moved> {
  const { name, from, to } = draft
  if (to === null) throw new Error(`A move of ${name} to no version cannot be made.`)
  let approval: string
  try {
    approval = await ledger.approve({ name, from, to, entry: draft }, approvalSeconds)
  } catch (error) {
    if (error instanceof MoveRefused) return { refused: error.message }
    throw error
  }
  let failure: unknown
  try {
    await registry.pointProductionTo(name, to)
  } catch (error) {
    failure = error
  }
  // The ledger says what has happened, whatever the answer was: it may have been lost on its way.
  const entry = await ledger.entryOfApproval(approval)
  if (entry !== undefined) return { entry }
  await ledger.withdraw(approval)
  // Used between the question and the withdrawal.
  const late = await ledger.entryOfApproval(approval)
  if (late !== undefined) return { entry: late }
  const now = await ledger.productionVersion(name)
  if (now !== from) return { now }
  throw failure ?? new Error(`MLflow accepted the move of ${name} to ${to}, and nothing moved.`)
}
