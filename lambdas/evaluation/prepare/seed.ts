import { createHash } from 'node:crypto'

/** The seed of all random draws of an evaluation: 31 bits of the SHA-256 of its id. */
export function seedOf(evaluationId: string): number {
  return createHash('sha256').update(evaluationId).digest().readUInt32BE() >>> 1
}
