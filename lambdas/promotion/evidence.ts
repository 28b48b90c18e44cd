import type { Goal, Verdict } from '../domain/goal.ts'

/** What a promotion asks for: a version of a model or a prompt. */
export interface Candidate {
  readonly kind: 'model' | 'prompt'
  readonly name: string
  readonly version: number
}

/** What the latest usable evaluation says of one goal. */
export interface GoalEvidence {
  readonly goal: Goal
  /** Absent when no evaluation of the candidate measured it. */
  readonly measured?: {
    readonly evaluationId: string
    /** ISO 8601, UTC. This and the counts of rows are absent in entries from before they were looked at. */
    readonly startedAt?: string
    /** ISO 8601, UTC. */
    readonly finishedAt: string
    readonly datasetDigest: string
    /** Rows of the dataset, and how many of them have no answer. */
    readonly rows?: number
    readonly unanswered?: number
    readonly value: number | null
    readonly samples: number
    readonly interval: { readonly lower: number; readonly upper: number } | null
    readonly verdict: Verdict
  }
}

/** How a metric of the candidate compares with that of the version in production, on the same rows. */
export interface MetricComparison {
  readonly metric: string
  readonly better: 'higher' | 'lower'
  /** Pairs of rows. */
  readonly pairs: number
  /** Candidate minus production. */
  readonly difference: number
  /** How it was tested; `intervals` for a metric of all rows together, of which only figures can be compared. */
  readonly test?: 'exact McNemar' | 'sign flips' | 'intervals'
  /** Whose evaluation lacks the metric: it was not compared, and an absent metric never passes. */
  readonly missing?: 'candidate' | 'production'
  /** That it is worse by more than the tolerance: of a sign-flip test on differences that are shifted by it, after Holm's correction. */
  readonly pValue: number
}

/** What is known of the version in production. */
export type ProductionEvidence =
  /** Nothing is in production: there is nothing to be worse than. */
  | { readonly kind: 'none' }
  /** It was never evaluated on the current rows. */
  | { readonly kind: 'not evaluated'; readonly version: number }
  | {
      readonly kind: 'compared'
      readonly version: number
      readonly evaluationId: string
      readonly metrics: readonly MetricComparison[]
    }

/** One thing that a version needs so that it can be made again. */
export interface Requirement {
  /** Such as `git commit`. */
  readonly what: string
  readonly found: boolean
  /** What was found, or what to do. */
  readonly detail: string
}

/** Somebody's approval. */
export interface PersonalApproval {
  /** ARN of who approved. */
  readonly by: string
  readonly at: string
}

/** What a model is made of in the artifact bucket, so that a change can be told. */
export interface ArtifactRecord {
  /** Where they are: the start of their keys. */
  readonly prefix: string
  readonly count: number
  readonly bytes: number
  /** SHA-256, in hex, over all of them: see `artifactRecord`. */
  readonly digest: string
  /** The first of them in the order of their keys; all when there are few. */
  readonly objects: readonly {
    readonly key: string
    readonly size: number
    readonly versionId: string
    readonly etag: string
  }[]
}

/** All that a decision rests on. The ledger keeps it, so that the decision can be made again from the entry alone. */
export interface Evidence {
  readonly candidate: Candidate
  /** ARN of who asks. */
  readonly requester: string
  /** When it was asked; evidence ages until then. ISO 8601, UTC. */
  readonly at: string
  readonly evidenceDays: number
  /** Of the workload's dataset as it stands now; `null` when it cannot be read. */
  readonly datasetDigest: string | null
  /** When the version got the content that it has, where the database knows: evaluations that began before are of another. */
  readonly contentSince?: string
  /** The candidate's evaluations that comparison and cost may rest on, newest first. */
  readonly usable?: readonly {
    readonly evaluationId: string
    readonly startedAt: string
    readonly finishedAt: string
  }[]
  readonly goals: readonly GoalEvidence[]
  readonly production: ProductionEvidence
  /** By metric, in its own unit. */
  readonly tolerances: Readonly<Record<string, number>>
  readonly reproducibility: readonly Requirement[]
  /** `null` where the gate does not ask. */
  readonly cost: {
    readonly limitUsd: number
    readonly perRowUsd: number | null
    readonly rows: number
  } | null
  readonly approval: { readonly needed: boolean; readonly given: readonly PersonalApproval[] }
  /** When the version was registered, for lead times. ISO 8601, UTC. */
  readonly registeredAt?: string
  /** Of models. */
  readonly artifacts?: ArtifactRecord
}

/** Whether an evaluation that ended then is not too old for what was asked at a moment; one from the future is no evidence. */
export function isRecent(
  finishedAt: string,
  { at, evidenceDays }: Pick<Evidence, 'at' | 'evidenceDays'>,
): boolean {
  const ageDays = (Date.parse(at) - Date.parse(finishedAt)) / 86_400_000
  return ageDays >= 0 && ageDays <= evidenceDays
}

/** Whether an evaluation that began then is of the content that a version got at a moment, if that is known. */
export function isOfContent(
  startedAt: string | undefined,
  contentSince: string | undefined,
): boolean {
  if (startedAt === undefined || contentSince === undefined) return true
  return Date.parse(startedAt) >= Date.parse(contentSince)
}
