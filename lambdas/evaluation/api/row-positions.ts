import type * as z from 'zod'
import { invalidRequest, Problem } from '../../domain/problem.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import { filesOf } from '../files.ts'
import type { EvaluationPlan } from '../plan.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import { evaluationScores, type EvaluationScores } from '../scores.ts'
import { directionOf } from './direction.ts'
import type { rowsQuery } from './evaluation-schema.ts'

/** Places in the dataset of the rows that match, in the order asked for. */
export async function positionsOf(
  evaluation: StoredEvaluation,
  plan: EvaluationPlan,
  { metric, unscored, order }: z.output<typeof rowsQuery>,
  from: { readonly artifacts: Artifacts; readonly workloads: readonly Workload[] },
): Promise<readonly number[]> {
  if (unscored === undefined && order === 'dataset') {
    return Array.from({ length: plan.dataset.rows }, (_, position) => position)
  }
  if (order === 'worst' && metric === undefined) {
    throw invalidRequest([{ field: 'metric', message: 'is needed for the worst rows' }])
  }
  const scores = await readScores(evaluation, from.artifacts)
  const scored = new Set(scores.rows.flatMap((row) => Object.keys(row.scores)))
  if (metric !== undefined && !scored.has(metric)) {
    throw invalidRequest([
      { field: 'metric', message: `has no score for each row; ${[...scored].join(', ')} have` },
    ])
  }
  const workload = from.workloads.find(({ name }) => name === evaluation.request.workload)
  const sign = metric && workload && directionOf(metric, workload) === 'lower' ? -1 : 1
  const scoreAt = (position: number): number | null =>
    scores.rows[position]?.scores[metric ?? ''] ?? null
  const matching = scores.rows
    .map((row, position) => ({
      position,
      values: metric ? [scoreAt(position)] : Object.values(row.scores),
    }))
    .filter(({ values }) => unscored === undefined || values.includes(null))
    .map(({ position }) => position)
  if (order === 'dataset') return matching
  // What could not be scored is neither good nor bad: it comes last.
  const rank = (position: number): number => {
    const score = scoreAt(position)
    return score === null ? Number.POSITIVE_INFINITY : sign * score
  }
  return matching.toSorted((left, right) => {
    const [first, second] = [rank(left), rank(right)]
    return first === second ? left - right : first - second
  })
}

/** What `conclude` kept of a finished evaluation. Throws a 409 while there is none. */
export async function readScores(
  { id, status }: Pick<StoredEvaluation, 'id' | 'status'>,
  artifacts: Artifacts,
): Promise<EvaluationScores> {
  const bytes = await artifacts.read(filesOf(id).scores)
  if (bytes === undefined) {
    throw new Problem({
      status: 409,
      title: 'The evaluation has no scores',
      detail: `${id} is ${status}: its scores are there once it has ended as completed or incomplete.`,
    })
  }
  return evaluationScores.parse(JSON.parse(new TextDecoder().decode(bytes)))
}
