import type { EnvironmentConfig } from '../../../config/environments.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { Judge } from '../judges/judge.ts'
import type { JudgeSurroundings } from '../judges/open-judge.ts'
import type { EvaluationPlan } from '../plan.ts'

/** All that a batch needs from outside. */
export interface BatchSurroundings {
  readonly artifacts: Artifacts
  /** As role `ops`. */
  readonly database: Statements
  readonly evaluation: EnvironmentConfig['evaluation']
  readonly workloads: readonly Workload[]
  readonly openJudge: (
    name: string,
    needs: Pick<JudgeSurroundings, 'criteria' | 'evaluationId' | 'callsAtOnce'>,
  ) => Promise<Judge>
  /** The text of a secret, by its name. */
  readonly secretText: (name: string) => Promise<string>
  readonly fetch: typeof fetch
  /** A clock in milliseconds. */
  readonly clock: () => number
  /** Waits; returns early when the signal aborts. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** 0 to 1. */
  readonly random: () => number
  /** Milliseconds until this attempt at the batch is ended. */
  readonly timeLeft: () => number
  /** Milliseconds between savings of what was answered. */
  readonly saveEvery: number
}

/** Cut short, for a reason that another attempt does not have: what was answered is saved. */
export class BatchUnfinished extends Error {
  override readonly name = 'BatchUnfinished'
}

/** A batch of an evaluation, under way. */
export interface Batch {
  readonly plan: EvaluationPlan
  readonly workload: Workload
}

/** The share of a batch in what all batches of an evaluation may do at the same time; 1 at least. */
export function shareOf(callsAtOnce: number, batchesAtOnce: number): number {
  return Math.max(1, Math.floor(callsAtOnce / batchesAtOnce))
}
