import { defaultK } from '../../domain/benchmark.ts'
import { defaultEvidenceDays, type Gate } from '../../domain/gate.ts'
import type { Goal } from '../../domain/goal.ts'
import { toUsd } from '../../domain/money.ts'
import { normalQuantile } from '../../domain/statistics/normal.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import type { ListVersions } from '../../platform/object-versions.ts'
import type { Evidence, GoalEvidence, ProductionEvidence, Requirement } from '../evidence.ts'
import type { Gather, Ledger, Registry } from '../ports.ts'
import { compareWithProduction } from './compare-with-production.ts'
import { type CurrentDigest, currentDigest } from './current-dataset.ts'
import {
  type EvaluatedFigure,
  evaluationsOf,
  type Making,
  newestFinding,
  type VersionEvaluation,
} from './evaluations.ts'
import { modelRequirements } from './model-requirements.ts'
import { promptRequirements } from './prompt-requirements.ts'

/** Where evidence is found. */
export interface EvidenceSources {
  /** As role `ops`. */
  readonly database: Statements
  readonly ledger: Pick<Ledger, 'approvalsOf'>
  readonly registry: Pick<Registry, 'version'>
  readonly mlflow: Mlflow
  readonly artifacts: Artifacts
  readonly artifactBucket: string
  readonly listVersions: ListVersions
  /** The judge by which benchmarks of this environment are judged. */
  readonly judge: string
  readonly now: () => Date
}

/** Collects all that a decision on a version rests on. */
export function gatherFrom(sources: EvidenceSources): Gather {
  return async ({ candidate, guarded, production, requester, at }) => {
    const { workload, gate } = guarded
    const tolerances = gate.tolerances ?? {}
    const making: Making = {
      workload: workload.name,
      judge: sources.judge,
      k: workload.benchmark?.k ?? defaultK,
    }
    const { database, registry, artifacts } = sources
    const [dataset, evaluations, ofProduction, registered, given] = await Promise.all([
      currentDigest(workload.benchmark?.dataset, sources),
      evaluationsOf(database, candidate, making),
      production === null
        ? undefined
        : evaluationsOf(database, { ...candidate, version: production }, making),
      registry.version(candidate.name, candidate.version),
      approvalsOf(sources.ledger, candidate.name, candidate.version),
    ])
    const { digest: datasetDigest } = dataset
    if (registered === undefined) {
      throw new Error(`MLflow's registry has no version ${candidate.version} of ${candidate.name}.`)
    }
    const compared: ProductionEvidence =
      production === null || ofProduction === undefined
        ? { kind: 'none' }
        : await compareWithProduction(
            {
              workload,
              datasetDigest,
              candidate: evaluations,
              production: { version: production, evaluations: ofProduction },
              tolerances,
            },
            artifacts,
          )
    const made =
      candidate.kind === 'model'
        ? await modelRequirements(registered, sources)
        : {
            reproducibility: promptRequirements(registered, evaluations[0]?.id),
            artifacts: undefined,
          }
    return {
      candidate,
      requester,
      at,
      evidenceDays: gate.evidenceDays ?? defaultEvidenceDays,
      datasetDigest,
      goals: (workload.qualityGoals ?? []).map((goal) =>
        goalEvidence(goal, evaluations, datasetDigest),
      ),
      production: compared,
      tolerances,
      reproducibility: [...made.reproducibility, ...unreadable(dataset)],
      cost: costEvidence(gate, evaluations, datasetDigest),
      approval: { needed: gate.approval ?? false, given },
      registeredAt: new Date(registered.createdAt).toISOString(),
      ...(made.artifacts && { artifacts: made.artifacts }),
    }
  }
}

/** Why nothing can rest on the dataset's rows, as a requirement that is not met: it says more than that rows differ. */
function unreadable(dataset: CurrentDigest): Requirement[] {
  if (dataset.digest !== null) return []
  return [{ what: 'digest of the current dataset', found: false, detail: dataset.reason }]
}

/** What the newest usable evaluation says of a goal. */
function goalEvidence(
  goal: Goal,
  evaluations: readonly VersionEvaluation[],
  datasetDigest: string | null,
): GoalEvidence {
  const found = newestFinding(evaluations, goal.metric, datasetDigest)
  if (found === undefined) return { goal }
  const { evaluation, figure } = found
  return {
    goal,
    measured: {
      evaluationId: evaluation.id,
      finishedAt: evaluation.finishedAt,
      datasetDigest: evaluation.datasetDigest,
      value: figure.value,
      samples: figure.samples,
      interval: intervalFor(goal, figure),
      verdict: figure.verdict ?? 'unproven',
    },
  }
}

/** Confidence of the intervals that evaluations keep. */
const keptConfidence = 0.95

/** The kept interval, widened or narrowed to the goal's confidence as that of a normal distribution is. */
function intervalFor(
  { confidence = keptConfidence }: Goal,
  { value, lower, upper }: EvaluatedFigure,
): { readonly lower: number; readonly upper: number } | null {
  if (value === null || lower === null || upper === null) return null
  if (confidence === keptConfidence) return { lower, upper }
  const stretch = normalQuantile((1 + confidence) / 2) / normalQuantile((1 + keptConfidence) / 2)
  return { lower: value - (value - lower) * stretch, upper: value + (upper - value) * stretch }
}

/** What a row cost in the newest evaluation on the current rows in which costs are known. */
function costEvidence(
  { costPerRowUsd }: Gate,
  evaluations: readonly VersionEvaluation[],
  datasetDigest: string | null,
): Evidence['cost'] {
  if (costPerRowUsd === undefined) return null
  const found = evaluations.find(
    (each) => each.datasetDigest === datasetDigest && each.costPerRowNano !== null,
  )
  return {
    limitUsd: costPerRowUsd,
    perRowUsd:
      found === undefined || found.costPerRowNano === null ? null : toUsd(found.costPerRowNano),
    rows: found?.rowsWithCost ?? 0,
  }
}

/** Who approved a version as it is made now, from the ledger. */
async function approvalsOf(
  ledger: Pick<Ledger, 'approvalsOf'>,
  name: string,
  version: number,
): Promise<Evidence['approval']['given']> {
  const given = await ledger.approvalsOf(name, version)
  return given.map(({ actor, at }) => ({ by: actor, at }))
}
