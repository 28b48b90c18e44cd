import * as z from 'zod'
import { label, pageFields, wholeNumber } from '../../platform/request-fields.ts'
import { datasetReference, sourceReference, subject } from '../plan.ts'
import { evaluationWish, workloadName } from '../start/wish.ts'

export const evaluationStatus = z.enum([
  'queued',
  'running',
  'completed',
  'incomplete',
  'failed',
  'cancelled',
])
export const verdict = z.enum(['met', 'missed', 'unproven'])
export const count = z.int().min(0)
const nanoUsd = z.int().describe('Nano-USD: 1,000,000,000 are one USD')

/** Id of an evaluation. */
export const evaluationId = z
  .string()
  .regex(/^ev-[0-9a-z]{1,40}$/, 'must be the id of an evaluation, such as ev-0123456789abcdefghjk')

/** Body of `POST /ops/evaluations`. */
export const startBody = evaluationWish.extend({
  idempotencyKey: label(200)
    .refine((key) => !key.startsWith('schedule:'), 'begins as the keys of schedules do')
    .optional()
    .describe('The same key with the same request is the same evaluation'),
})

/** Path of the routes of one evaluation. */
export const evaluationPath = z.strictObject({ id: evaluationId })

/** Query of `GET /ops/evaluations`. */
export const evaluationsQuery = z.strictObject({
  workload: workloadName.optional(),
  status: evaluationStatus.optional(),
  subject: z
    .string()
    .max(300)
    .regex(
      /^(?:application|(?:model|prompt)-version\/[^/]+(?:\/[1-9][0-9]{0,9})?)$/,
      'must be application, model-version/<name>, prompt-version/<name>, or one of these with /<version>',
    )
    .optional()
    .describe('Such as prompt-version/insurance_qa/4; without a version all of them'),
  standing: z
    .enum(['true', 'false'])
    .optional()
    .describe("Whether it is the workload's benchmark as configured"),
  ...pageFields(100, 50),
})

const evaluationFields = {
  id: z.string(),
  workload: z.string(),
  standing: z.boolean(),
  subject,
  status: evaluationStatus,
  reason: z.string().describe('Why it is incomplete, failed or cancelled; empty otherwise'),
  requestedBy: z.string(),
  requestedAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  source: sourceReference,
  dataset: datasetReference.nullable(),
  datasetDigest: z.string().nullable(),
  metrics: z.array(z.string()),
  judge: z.string(),
  k: z.int(),
  parameters: z.record(z.string(), z.string()),
  rows: count,
  rejectedRows: count.describe('Rows that did not fit and were left out'),
  failedRows: count.describe('Rows without any score'),
  subjectCostNanoUsd: nanoUsd
    .nullable()
    .describe("Of the application's calls; null when not known"),
  judgeCostNanoUsd: nanoUsd.nullable(),
  links: z.object({
    self: z.string(),
    rows: z.string(),
    mlflowRun: z.string().nullable().describe('Page of the run in MLflow; null until it is open'),
  }),
}

/** Answer of `GET /ops/evaluations`. */
export const evaluationsResponse = z.object({
  evaluations: z.array(z.object(evaluationFields)),
  truncated: z.boolean().describe('There are more: ask again with a higher offset'),
})

/** A goal as it stood. */
export const goal = z.object({
  metric: z.string(),
  comparator: z.enum(['atLeast', 'atMost']),
  target: z.number(),
  minSamples: count,
  confidence: z.number().nullable().describe('null where the estimate decides'),
})

/** A figure with its interval and how it was made. */
export const figureFields = {
  metric: z.string(),
  version: z.string(),
  value: z.number().nullable().describe('null where nothing could be scored'),
  lower: z.number().nullable(),
  upper: z.number().nullable(),
  intervalMethod: z.string().describe('How the 95 % interval was made; empty where there is none'),
  samples: count.describe(
    "What it rests on and a goal's fewest samples are compared with: rows with a score, or the trials of a proportion",
  ),
  scored: count.describe('Rows that are in it'),
  unscored: count.describe('Rows that could not be scored and are not in it'),
}

/** Answer of `GET /ops/evaluations/{id}`, and of what starts or cancels one. */
export const evaluationResponse = z.object({
  ...evaluationFields,
  idempotencyKey: z.string(),
  madeWith: z
    .record(z.string(), z.unknown())
    .describe('Judge with its model and prompt versions, and what else decides the figures'),
  figures: z
    .array(
      z.object({
        ...figureFields,
        definition: z.string().describe("In a sentence; a criterion's is its question"),
        goal: goal.nullable(),
        verdict: verdict.nullable().describe('null for a figure without a goal'),
      }),
    )
    .describe('Empty until the evaluation has ended'),
})

/** Query of `GET /ops/evaluations/{id}/rows`. */
export const rowsQuery = z.strictObject({
  kind: z
    .enum(['evaluated', 'rejected'])
    .optional()
    .default('evaluated')
    .describe('`rejected`: rows that did not fit, by line'),
  metric: label(60).optional().describe('Metric that `unscored` and `order` are about'),
  unscored: z
    .enum(['true'])
    .optional()
    .describe('Only rows without a score of the metric, or of any when none is named'),
  order: z
    .enum(['dataset', 'worst'])
    .optional()
    .default('dataset')
    .describe('`worst` needs a metric'),
  limit: wholeNumber(1, 100).optional().default(20),
  offset: wholeNumber(0, 1_000_000).optional().default(0),
})

const score = z.object({
  name: z.string(),
  version: z.string(),
  score: z.number().nullable(),
  rationale: z.string(),
  parts: z.unknown(),
})

/** A row as it was judged; texts that are too long end in a mark that says how long they were. */
export const rowOut = z.object({
  position: count.describe('Place in the dataset, from 0'),
  id: z.string(),
  inputs: z.unknown(),
  outputs: z.unknown(),
  contexts: z.unknown(),
  expectations: z.unknown(),
  traceId: z.string().nullable(),
  milliseconds: z.number().nullable(),
  failure: z.string().nullable().describe('Why there is nothing to judge'),
  scores: z.array(score),
  inputTokens: count.nullable(),
  outputTokens: count.nullable(),
  costNanoUsd: nanoUsd.nullable(),
})

/** Answer of `GET /ops/evaluations/{id}/rows`. */
export const rowsResponse = z.object({
  evaluationId: z.string(),
  kind: z.enum(['evaluated', 'rejected']),
  total: count.describe('Rows that match, on all pages'),
  rows: z.array(rowOut),
  rejected: z.array(
    z.object({
      line: count.nullable().describe('Line in its file, from 1; null for a record of MLflow'),
      id: z.string().nullable(),
      reason: z.string(),
    }),
  ),
  notYet: count.describe('Rows of this page whose batch has not ended'),
  nextOffset: count.nullable().describe('Where the next page begins; null on the last one'),
})
