import * as z from 'zod'
import { datasetReference, sourceReference, subject } from '../plan.ts'
import { label } from '../../platform/request-fields.ts'
import { workloadName } from '../start/wish.ts'
import { count, evaluationStatus, figureFields, goal, verdict } from './evaluation-schema.ts'

/** Path of the routes of one workload. */
export const workloadPath = z.strictObject({ workload: workloadName })

const latestEvaluation = z.object({
  id: z.string(),
  status: evaluationStatus,
  reason: z.string(),
  requestedAt: z.string(),
  finishedAt: z.string().nullable(),
})

/** A quality goal and what the workload's own benchmark last found. */
const goalStanding = z.object({
  goal,
  verdict,
  latest: z
    .object({
      ...figureFields,
      evaluationId: z.string(),
      measuredAt: z.string(),
      ageHours: z.number().min(0),
    })
    .nullable()
    .describe('null where it was never measured'),
})

const workloadFields = {
  name: z.string(),
  description: z.string(),
  experiment: z.string(),
  units: z.array(z.string()),
  schedule: z.string().nullable().describe('Cron fields in `timeZone`; null without a benchmark'),
  timeZone: z.string(),
  goals: z.array(goalStanding),
  latestEvaluation: latestEvaluation
    .nullable()
    .describe("The latest run of the workload's benchmark; null where there was none"),
}

/** Answer of `GET /ops/workloads`. */
export const workloadsResponse = z.object({ workloads: z.array(z.object(workloadFields)) })

/** Answer of `GET /ops/workloads/{workload}`. */
export const workloadResponse = z.object({
  ...workloadFields,
  benchmark: z
    .object({
      dataset: datasetReference.nullable(),
      source: sourceReference,
      metrics: z.array(z.string()),
      criteria: z.array(
        z.object({ name: z.string(), language: z.enum(['ko', 'en']), question: z.string() }),
      ),
      k: z.int(),
    })
    .nullable(),
  trend: z
    .array(
      z.object({
        metric: z.string(),
        points: z.array(
          z.object({
            evaluationId: z.string(),
            measuredAt: z.string(),
            value: z.number().nullable(),
            lower: z.number().nullable(),
            upper: z.number().nullable(),
            samples: count,
            verdict: verdict.nullable().describe('By the goal as it stood then'),
          }),
        ),
      }),
    )
    .describe("The last 30 figures of each goal's metric, oldest first"),
})

/** Query of `GET /ops/workloads/{workload}/best-run`. */
export const bestRunQuery = z.strictObject({
  goals: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .default('current')
    .describe(
      '`current`: the quality goals of the workload. Or a list such as faithfulness=atLeast:0.95,cost_per_row_usd=atMost:0.05',
    ),
  orderBy: label(60)
    .optional()
    .describe(
      'A metric, best first, or `cost`, lowest first. Default: the metric of the first goal',
    ),
})

const bestRun = z.object({
  kind: z
    .enum(['evaluation', 'mlflow-run'])
    .describe('Of this platform, or a run that an application logged by itself'),
  evaluationId: z.string().nullable(),
  runId: z.string(),
  runName: z.string(),
  subject: subject.nullable().describe('null for a run that an application logged by itself'),
  parameters: z.record(z.string(), z.string()),
  datasetDigest: z.string().nullable(),
  finishedAt: z.string().nullable(),
  figures: z.array(
    z.object({
      metric: z.string(),
      value: z.number().nullable(),
      samples: count.nullable().describe('null where the run does not say'),
      verdict: verdict.nullable().describe('null for what no goal is on'),
    }),
  ),
  costPerRowUsd: z.number().nullable().describe('null where it is not known'),
})

/** Answer of `GET /ops/workloads/{workload}/best-run`. */
export const bestRunResponse = z.object({
  definition: z.literal('best_run v1'),
  workload: z.string(),
  goals: z.array(goal),
  orderBy: z.string(),
  best: bestRun.nullable().describe('null where no run meets all goals'),
  runs: z.array(bestRun).describe('The best 50 of the runs that meet all goals'),
  meeting: count.describe('Runs that meet all goals'),
  considered: count,
  missing: count.describe('Runs of those considered that lack a figure of a goal'),
  truncated: z.boolean().describe('There are older runs that were not considered'),
})
