import { defaultK } from '../../domain/benchmark.ts'
import { defaultEvidenceDays, type Gate } from '../../domain/gate.ts'
import type { Goal } from '../../domain/goal.ts'
import { toUsd } from '../../domain/money.ts'
import { normalQuantile } from '../../domain/statistics/normal.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import type { ListVersions } from '../../platform/object-versions.ts'
import {
  type Candidate,
  type Evidence,
  type GoalEvidence,
  isOfContent,
  type ProductionEvidence,
  type Requirement,
} from '../evidence.ts'
import type { Gather, Ledger, Registry } from '../ports.ts'
import { compareWithProduction } from './compare-with-production.ts'
import { type CurrentDigest, currentDigest } from './current-dataset.ts'
import {
  type EvaluatedFigure,
  evaluationsOf,
  type Finding,
  type Making,
  newestFinding,
  usableEvaluations,
  type VersionEvaluation,
} from './evaluations.ts'
import { modelRequirements } from './model-requirements.ts'
import { promptRequirements } from './prompt-requirements.ts'
import { contentRequirements, contentSinceOf, registeredContent } from './registered-content.ts'

/** Where evidence is found. */
export interface EvidenceSources {
  /** As role `ops`. */
  readonly database: Statements
  /** As role `gatekeeper`. */
  readonly gatekeeper: Statements
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
    const { database, gatekeeper, registry, artifacts } = sources
    const age = { at, evidenceDays: gate.evidenceDays ?? defaultEvidenceDays }
    const evaluated = async (version: Candidate) =>
      Promise.all([
        evaluationsOf(database, version, making),
        registeredContent(gatekeeper, version),
      ])
    const [dataset, [evaluations, content], ofProduction, registered, given] = await Promise.all([
      currentDigest(workload.benchmark?.dataset, sources),
      evaluated(candidate),
      production === null ? undefined : evaluated({ ...candidate, version: production }),
      registry.version(candidate.name, candidate.version),
      approvalsOf(sources.ledger, candidate.name, candidate.version),
    ])
    const { digest: datasetDigest } = dataset
    if (registered === undefined) {
      throw new Error(`MLflow's registry has no version ${candidate.version} of ${candidate.name}.`)
    }
    const contentSince = contentSinceOf(content)
    const usable = usableEvaluations(evaluations, { datasetDigest, contentSince, age })
    const compared: ProductionEvidence =
      production === null || ofProduction === undefined
        ? { kind: 'none' }
        : await compareWithProduction(
            {
              workload,
              candidate: usable,
              production: {
                version: production,
                // Of any age: what is in production has not changed, nor have the rows.
                evaluations: usableEvaluations(ofProduction[0], {
                  datasetDigest,
                  contentSince: contentSinceOf(ofProduction[1]),
                }),
              },
              tolerances,
            },
            artifacts,
          )
    const made =
      candidate.kind === 'model'
        ? await modelRequirements(registered, sources)
        : {
            reproducibility: promptRequirements(
              registered,
              evaluations.find(({ startedAt }) => isOfContent(startedAt, contentSince))?.id,
            ),
            artifacts: undefined,
          }
    return {
      candidate,
      requester,
      ...age,
      datasetDigest,
      ...(contentSince !== undefined && { contentSince }),
      usable: usable.map(({ id, startedAt, finishedAt }) => ({
        evaluationId: id,
        startedAt,
        finishedAt,
      })),
      goals: (workload.qualityGoals ?? []).map((goal) =>
        goalEvidence(goal, newestFinding(evaluations, usable, goal.metric, datasetDigest)),
      ),
      production: compared,
      tolerances,
      reproducibility: [
        ...made.reproducibility,
        ...contentRequirements(content, candidate),
        ...unreadable(dataset),
      ],
      cost: costEvidence(gate, usable),
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

/** What an evaluation says of a goal. */
function goalEvidence(goal: Goal, found: Finding | undefined): GoalEvidence {
  if (found === undefined) return { goal }
  const { evaluation, figure } = found
  return {
    goal,
    measured: {
      evaluationId: evaluation.id,
      startedAt: evaluation.startedAt,
      finishedAt: evaluation.finishedAt,
      datasetDigest: evaluation.datasetDigest,
      rows: evaluation.rows,
      unanswered: evaluation.unanswered,
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

/** What a row cost in the newest usable evaluation in which costs are known. */
function costEvidence(
  { costPerRowUsd }: Gate,
  usable: readonly VersionEvaluation[],
): Evidence['cost'] {
  if (costPerRowUsd === undefined) return null
  const found = usable.find(({ costPerRowNano }) => costPerRowNano !== null)
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
