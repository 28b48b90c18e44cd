import * as z from 'zod'
import type { Statements } from '../platform/data-api.ts'

const protectedName = z.strictObject({
  /** Of a registered model or a prompt. */
  name: z.string().min(1),
  kind: z.enum(['model', 'prompt']),
  /** Whose gate guards it. */
  workload: z.string().min(1),
})

/** A name whose production the database guards. */
export type ProtectedName = z.infer<typeof protectedName>

/** What the deployment hands over, as JSON. Throws when it is absent: then nothing must lose its protection. */
export function readProtectedNames(text: unknown): ProtectedName[] {
  if (typeof text !== 'string') {
    throw new Error('The names to protect are missing; the deployment gives them as "protect".')
  }
  return z.array(protectedName).parse(JSON.parse(text))
}

/** Makes these the protected names, and no others; what is in production of a new one is adopted. */
export async function protectNames(
  statements: Statements,
  names: readonly ProtectedName[],
): Promise<void> {
  await statements.query('select gate.protect(:names::jsonb)::text', {
    names: JSON.stringify(names),
  })
}
