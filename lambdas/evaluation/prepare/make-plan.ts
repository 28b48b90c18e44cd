import pLimit from 'p-limit'
import { toJsonLines } from '../../platform/artifacts.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import { filesOf } from '../files.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import { batchSizeFor, mostRows, toBatches } from './batch-size.ts'
import type { GatheredRows } from './gather-rows.ts'
import type { PreparedPlan } from './prepared-plan.ts'
import { seedOf } from './seed.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'

const writesAtOnce = 8

/**
 * Cuts rows into batches and writes them; the plan last, so that a plan says that all is there.
 * @throws UnusableInput when there are too many rows
 */
export async function makePlan(
  evaluation: StoredEvaluation,
  run: { readonly experimentId: string; readonly runId: string },
  gathered: GatheredRows,
  to: { readonly artifacts: Artifacts; readonly batchesAtOnce: number },
): Promise<PreparedPlan> {
  const { rows, rejected, digest, input, sourceDigest } = gathered
  if (rows.length > mostRows) {
    throw new UnusableInput(
      `There are ${rows.length} rows; an evaluation takes at most ${mostRows}. Split the dataset.`,
    )
  }
  const { id: evaluationId, request } = evaluation
  const files = filesOf(evaluationId)
  const batchSize = batchSizeFor(rows.length, to.batchesAtOnce, request)
  const batches = toBatches(rows, batchSize)
  const limit = pLimit(writesAtOnce)
  const write = (key: string, values: readonly unknown[]) =>
    limit(() => to.artifacts.write(key, toJsonLines(values), 'application/jsonl'))
  await Promise.all([
    write(files.rejected, rejected),
    ...batches.map((batch, number) => write(files.batch(number), batch)),
  ])
  const plan: PreparedPlan = {
    evaluationId,
    request,
    ...run,
    dataset: { digest, rows: rows.length, rejected: rejected.length },
    batches: batches.length,
    batchSize,
    seed: seedOf(evaluationId),
    input,
    sourceDigest,
  }
  await to.artifacts.write(files.plan, JSON.stringify(plan))
  return plan
}
