import { createHash } from 'node:crypto'
import { canonicalJson } from '../domain/canonical-json.ts'
import type { Workload } from '../domain/workload.ts'

/** SHA-256, in hex, of a workload's configuration: what the gate asked at the time. */
export function configurationDigest(workload: Workload): string {
  return createHash('sha256').update(canonicalJson(workload)).digest('hex')
}
