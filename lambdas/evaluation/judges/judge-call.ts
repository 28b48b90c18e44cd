import { createHash } from 'node:crypto'
import type { ModelUsage } from './model.ts'

/** A call that a model answered, and that has to be paid. */
export interface JudgeCall {
  /** 48 hexadecimal digits: the ids of its trace (32) and span (16). */
  readonly callId: string
  readonly judgementKey: string
  readonly operation: 'chat' | 'embeddings'
  /** Task and version, such as `claims:1`. */
  readonly promptVersion: string
  readonly provider: string
  readonly model: string
  readonly usage: ModelUsage
  /** Milliseconds since the epoch. */
  readonly askedAt: number
  readonly milliseconds: number
  /** Why the answer could not be used; empty where it could. */
  readonly fault: string
}

/** The same for the same call, however often it is recorded or handed over. */
export function callIdOf(judgementKey: string, claimant: string, number: number): string {
  return createHash('sha256')
    .update(JSON.stringify([judgementKey, claimant, number]))
    .digest('hex')
    .slice(0, 48)
}
