import * as z from 'zod'
import { type Artifacts } from '../../platform/artifacts.ts'
import { filesOf } from '../files.ts'
import { evaluationPlan } from '../plan.ts'

/** The plan with what `prepare` itself needs again when it is run again. */
export const preparedPlan = evaluationPlan.extend({
  /** What MLflow shows as the run's input; `null` for traces and outcomes. */
  input: z.object({ name: z.string(), sourceType: z.string(), source: z.string() }).nullable(),
  /** SHA-256 over answers that were handed in; `null` where they are asked for or found. */
  sourceDigest: z.string().nullable(),
})

export type PreparedPlan = z.infer<typeof preparedPlan>

/** The plan that an earlier attempt completed; `undefined` when none did. */
export async function readPlan(
  artifacts: Artifacts,
  evaluationId: string,
): Promise<PreparedPlan | undefined> {
  const bytes = await artifacts.read(filesOf(evaluationId).plan)
  return bytes && preparedPlan.parse(JSON.parse(new TextDecoder().decode(bytes)))
}
