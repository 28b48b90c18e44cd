import * as z from 'zod'

/** A version in MLflow's registry, or the application as it stands. */
export const subject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('application') }),
  z.strictObject({
    kind: z.enum(['model-version', 'prompt-version']),
    name: z.string().min(1).max(256),
    version: z.string().regex(/^[1-9][0-9]{0,9}$/, 'must be the number of a version'),
  }),
])

const key = z
  .string()
  .min(1)
  .max(900)
  .regex(/^[^/\s][^\s]*$/, 'must be the key of an object in the artifact bucket')

/** Where rows come from; see `lambdas/domain/benchmark.ts`. */
export const datasetReference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('mlflow'), name: z.string().min(1).max(256) }),
  z.strictObject({ kind: z.literal('jsonl'), key }),
  z.strictObject({ kind: z.literal('event-log'), log: key, model: key }),
])

/** Where outputs come from; see `lambdas/domain/benchmark.ts`. */
export const sourceReference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('endpoint') }),
  z.strictObject({ kind: z.literal('recorded'), key }),
  z.strictObject({
    kind: z.literal('traces'),
    days: z.int().min(1).max(90),
    sample: z.int().min(1).max(10_000),
  }),
  z.strictObject({ kind: z.literal('outcomes'), days: z.int().min(1).max(400) }),
  z.strictObject({ kind: z.literal('dataset') }),
])

/** What was asked for when an evaluation was started: `ops.evaluation.request`. Complete: nothing is left to defaults. */
export const evaluationRequest = z.object({
  workload: z.string(),
  /** Whether it is the workload's benchmark as configured, so that its verdicts are those of what runs. */
  standing: z.boolean(),
  subject,
  dataset: datasetReference.nullable(),
  source: sourceReference,
  /** Names of metrics and criteria, goals' first. */
  metrics: z.array(z.string()).min(1),
  /** `lexical-v1`, or a name in `evaluation.judges` of the environment. */
  judge: z.string(),
  k: z.int().min(1),
  /** Recorded with the run, such as the chunking strategy that the subject was built with. */
  parameters: z.record(z.string(), z.string()),
})

/** What `prepare` found out, for the steps after it: `plan.json`. */
export const evaluationPlan = z.object({
  evaluationId: z.string(),
  request: evaluationRequest,
  experimentId: z.string(),
  runId: z.string(),
  dataset: z.object({
    /** SHA-256 over the rows in their canonical form; `null` for traces and outcomes. */
    digest: z.string().nullable(),
    /** Rows that are evaluated. */
    rows: z.int(),
    /** Rows that did not fit and are reported in `rejected.jsonl`. */
    rejected: z.int(),
  }),
  batches: z.int(),
  batchSize: z.int(),
  /** Seed of every random draw, from the evaluation's id. */
  seed: z.int(),
})

/** What passes through the state machine. */
export const stepInput = z.object({ evaluationId: z.string() })
export const batchInput = z.object({ evaluationId: z.string(), batch: z.int().min(0) })

export type EvaluationRequest = z.infer<typeof evaluationRequest>
export type EvaluationPlan = z.infer<typeof evaluationPlan>
export type EvaluationStatus =
  | 'queued'
  | 'running'
  | 'completed'
  | 'incomplete'
  | 'failed'
  | 'cancelled'
