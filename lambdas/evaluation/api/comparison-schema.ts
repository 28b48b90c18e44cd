import * as z from 'zod'
import { subject } from '../plan.ts'
import { workloadName } from '../start/wish.ts'
import { count, evaluationId } from './evaluation-schema.ts'

/** Body of `POST /ops/comparisons`. */
export const comparisonBody = z.strictObject({
  workload: workloadName,
  baseline: evaluationId.describe('Evaluation of what is there'),
  candidate: evaluationId.describe('Evaluation of what may replace it'),
})

const side = z.object({
  evaluationId: z.string(),
  subject,
  parameters: z.record(z.string(), z.string()),
  finishedAt: z.string().nullable(),
})

const withoutPartner = z.object({
  count,
  ids: z.array(z.string()).describe('The first of them'),
})

/** One metric of two evaluations, row by row. */
const metricComparison = z.object({
  metric: z.string(),
  version: z.string(),
  better: z.enum(['higher', 'lower']),
  yesNo: z.boolean().describe('Whether each row is a yes or a no'),
  pairs: count.describe('Rows with a score in both'),
  unpaired: count.describe('Rows with a score in only one of them'),
  baseline: z.number().nullable().describe('Mean over the pairs'),
  candidate: z.number().nullable(),
  difference: z.number().nullable().describe('Mean of candidate minus baseline'),
  lower: z.number().nullable().describe('Percentile bootstrap, 95 %'),
  upper: z.number().nullable(),
  test: z.enum(['exact McNemar', 'exact sign flips', 'sampled sign flips']),
  p: z.number().min(0).max(1).nullable().describe('Two-sided; null without pairs'),
  adjustedP: z.number().min(0).max(1).nullable().describe("After Holm's correction"),
  smallestDetectable: z
    .number()
    .nullable()
    .describe(
      'Smallest true difference that this many pairs would find with a chance of 80 %; null where the pairs say nothing of their spread',
    ),
  verdict: z.enum(['better', 'worse', 'no evidence']),
})

/** Answer of `POST /ops/comparisons`. */
export const comparisonResponse = z.object({
  definition: z.literal('comparison v1'),
  workload: z.string(),
  datasetDigest: z.string(),
  baseline: side,
  candidate: side,
  alpha: z.number().describe('A verdict needs an adjusted p of at most this'),
  metrics: z.array(metricComparison),
  notCompared: z.array(z.object({ metric: z.string(), reason: z.string() })),
  withoutPartner: z
    .object({ baseline: withoutPartner, candidate: withoutPartner })
    .describe('Rows that only one of the evaluations has'),
})
