import { createHash } from 'node:crypto'
import type { ModelUsage } from './model.ts'

/** A call that a model answered, and that has to be paid. */
export interface JudgeCall {
  /** 48 hexadecimal digits: the id of the trace that it belongs to (32), and of its span (16). */
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

/**
 * The same for the same call, however often it is recorded or handed over. Calls of one claimant with one prompt share a
 * trace: MLflow takes six times as long for as many traces.
 * @param number of the call among those for one question, from 1
 */
export function callIdOf(
  claimant: string,
  promptVersion: string,
  judgementKey: string,
  number: number,
): string {
  return digest(32, claimant, promptVersion) + digest(16, claimant, judgementKey, number)
}

/** The id of the trace that a call belongs to, and of the call's own span. */
export function spanOf({ callId }: Pick<JudgeCall, 'callId'>): {
  readonly traceId: string
  readonly spanId: string
} {
  return { traceId: callId.slice(0, 32), spanId: callId.slice(32) }
}

function digest(length: number, ...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, length)
}
