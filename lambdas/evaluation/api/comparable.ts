import * as z from 'zod'
import { Problem } from '../../domain/problem.ts'
import type { Workload } from '../../domain/workload.ts'
import { definitionsOf } from '../metrics/registry.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import type { ComparableRow, ComparedMetric } from './compare-evaluations.ts'
import { directionOf } from './direction.ts'

/** One of the two evaluations. */
export interface Side {
  readonly evaluation: StoredEvaluation
  readonly rows: readonly ComparableRow[]
  /** By metric. */
  readonly versions: Readonly<Record<string, string>>
}

/** Different rows, judges or depths would be taken for a difference of the subjects. */
export function requireComparable(
  workload: string,
  baseline: StoredEvaluation,
  candidate: StoredEvaluation,
): void {
  for (const { id, request, status } of [baseline, candidate]) {
    if (request.workload !== workload) {
      throw cannotCompare(`${id} is of the workload ${request.workload}, not of ${workload}.`)
    }
    if (status !== 'completed' && status !== 'incomplete') {
      throw cannotCompare(
        status === 'queued' || status === 'running'
          ? `${id} is ${status}; compare it once it has ended.`
          : `${id} is ${status} and has no scores.`,
      )
    }
  }
  const [first, second] = [baseline.datasetDigest, candidate.datasetDigest]
  if (first === '' || first !== second) {
    throw cannotCompare(
      first === '' || second === ''
        ? `They are paired by the rows of a dataset; ${first === '' ? baseline.id : candidate.id} has none.`
        : `${baseline.id} was made on the dataset ${first}, ${candidate.id} on ${second}; evaluate both on the same.`,
    )
  }
  const [before, after] = [howMade(baseline), howMade(candidate)]
  for (const [name, value] of Object.entries(before)) {
    const other = after[name as keyof typeof after]
    if (value !== other) {
      throw cannotCompare(
        `${baseline.id} was made with ${name} ${value}, ${candidate.id} with ${other}; evaluate both with the same.`,
      )
    }
  }
}

/** A judge of the same name may have got another model or other prompts since. */
function howMade({ request, madeWith }: StoredEvaluation) {
  const { judge } = judgeOf.parse(madeWith)
  const prompts = Object.entries(judge?.promptVersions ?? {})
    .map(([task, version]) => `${task} ${version}`)
    .toSorted()
  return {
    judge: request.judge,
    k: String(request.k),
    'the judge’s model': judge?.model || 'none',
    'the judge’s embedding model': judge?.embeddingModel || 'none',
    'the judge’s prompts': prompts.join(', ') || 'none',
  }
}

const judgeOf = z.object({
  judge: z
    .object({
      model: z.string(),
      embeddingModel: z.string(),
      promptVersions: z.record(z.string(), z.string()),
    })
    .partial()
    .optional()
    .catch(undefined),
})

function cannotCompare(detail: string): Problem {
  return new Problem({ status: 409, title: 'The evaluations cannot be compared', detail })
}

/** Metrics that both have for each row, by the same definition, and of which it is known which way is better. */
export function chooseMetrics(
  baseline: Side,
  candidate: Side,
  workloads: readonly Workload[],
): {
  readonly compared: ComparedMetric[]
  readonly notCompared: { metric: string; reason: string }[]
} {
  const workload = workloads.find(({ name }) => name === baseline.evaluation.request.workload)
  const scored = { baseline: scoredMetrics(baseline), candidate: scoredMetrics(candidate) }
  const asked = [
    ...baseline.evaluation.request.metrics,
    ...candidate.evaluation.request.metrics,
    ...scored.baseline,
    ...scored.candidate,
  ]
  const compared: ComparedMetric[] = []
  const notCompared: { metric: string; reason: string }[] = []
  for (const metric of new Set(asked)) {
    const better = directionOf(metric, workload ?? {})
    const versions = [versionOf(metric, baseline), versionOf(metric, candidate)]
    const [inBaseline, inCandidate] = [scored.baseline.has(metric), scored.candidate.has(metric)]
    if (!inBaseline && !inCandidate) {
      notCompared.push({ metric, reason: 'No row has a score of its own.' })
    } else if (inBaseline !== inCandidate) {
      const which = inBaseline ? 'baseline' : 'candidate'
      notCompared.push({ metric, reason: `Only the ${which} has scores.` })
    } else if (versions[0] !== versions[1]) {
      notCompared.push({
        metric,
        reason: `The baseline was made by version ${versions[0]} of it, the candidate by ${versions[1]}.`,
      })
    } else if (better === undefined) {
      notCompared.push({
        metric,
        reason: 'It is no longer declared, so nobody knows what is better.',
      })
    } else {
      compared.push({ metric, better })
    }
  }
  return { compared, notCompared }
}

/** Metrics of which at least one row has a score. */
function scoredMetrics({ rows }: Side): Set<string> {
  return new Set(
    rows.flatMap(({ scores }) =>
      Object.entries(scores)
        .filter(([, score]) => score !== null)
        .map(([metric]) => metric),
    ),
  )
}

/** The version of a metric's definition that a side was made by. */
export function versionOf(metric: string, { versions }: Side): string {
  return versions[metric] ?? definitionsOf(metric)[0]?.version ?? ''
}
