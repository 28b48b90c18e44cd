import { createHash } from 'node:crypto'
import type { Criterion } from '../../domain/benchmark.ts'

/** Version of a criterion's definition: another question under the same name is another metric. */
export function criterionVersion({ language, question }: Criterion): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([language, question]))
    .digest('hex')
  return `1-${digest.slice(0, 8)}`
}
