import * as z from 'zod'
import { label, moment, pageFields, periodFields, wholeNumber } from '../platform/request-fields.ts'
import { unassignedWorkload } from './aggregate.ts'
import { pricedWorkloads } from './priced-workloads.ts'

/** Most reports in one request. */
const mostReports = 1_000

const workloadNames = [...pricedWorkloads.map(({ name }) => name), unassignedWorkload] as const

const workload = z
  .enum(workloadNames)
  .describe('Name of a workload in config/workloads.ts, or evaluation: what judges cost')

/** Dimensions that costs can be grouped by. */
const dimensions = [
  'day',
  'workload',
  'provider',
  'model',
  'mode',
  'unitType',
  'promptVersion',
  'country',
] as const

/** A dimension that costs can be grouped by. */
export type Dimension = (typeof dimensions)[number]

/** Query of `GET /ops/costs`. */
export const costsQuery = z.strictObject({
  ...periodFields,
  workload: workload.optional(),
  groupBy: z
    .string()
    .optional()
    .default('day,workload,model')
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(z.enum(dimensions))
        .refine((names) => new Set(names).size === names.length, 'names a dimension twice'),
    )
    .describe(`Comma-separated dimensions, of ${dimensions.join(', ')}`),
  ...pageFields(1_000, 1_000),
})

/** Query of `GET /ops/costs/units`. */
export const unitsQuery = z.strictObject({
  ...periodFields,
  workload,
  type: label(40).optional().describe("Unit type. Default: the workload's first"),
  limit: wholeNumber(1, 100)
    .optional()
    .default(10)
    .describe('How many of the most expensive units'),
})

/** Path of `GET /ops/costs/units/{type}/{id}`. */
export const unitPath = z.strictObject({ type: label(40), id: label(200) })

/** Query of `GET /ops/costs/units/{type}/{id}`. */
export const unitQuery = z.strictObject({
  workload: workload.optional(),
  ...pageFields(500, 100),
})

/** Query of `GET /ops/coverage`. */
export const coverageQuery = z.strictObject({ ...periodFields, workload: workload.optional() })

/** Body of `POST /ops/llm-calls`. */
export const llmCallsBody = z.strictObject({
  reports: z
    .array(
      z.strictObject({
        id: label(100).describe('Idempotency key: the same id again is not counted again'),
        workload,
        provider: label(100).optional().default(''),
        model: label(100).optional().default(''),
        at: moment.describe('When the calls were made; it decides the day that they count for'),
        calls: z
          .int()
          .min(1)
          .max(100_000_000)
          .describe('How many calls were made since the last report'),
      }),
    )
    .min(1)
    .max(mostReports),
})

const nanoUsd = z.int().describe('Nano-USD: 1,000,000,000 are one USD')
const count = z.int().min(0)
const periodOut = z.object({ from: z.string(), to: z.string(), timeZone: z.string() })

const verdict = z.enum(['met', 'missed', 'unproven'])

const goalVerdict = z.object({
  metric: z.string(),
  comparator: z.enum(['atLeast', 'atMost']),
  target: z.number(),
  minSamples: count,
  value: z.number().nullable(),
  samples: count,
  verdict,
})

const costSums = {
  calls: count,
  pricedCalls: count,
  unpricedCalls: count,
  unreadableCalls: count,
  inputTokens: count.describe('All input tokens, cached ones and cache writes included'),
  cachedInputTokens: count,
  cacheWriteTokens: count,
  outputTokens: count,
  reasoningTokens: count,
  costNanoUsd: nanoUsd,
  mlflow: z
    .object({
      comparedCalls: count,
      costNanoUsd: nanoUsd.describe("MLflow's own cost of the compared calls"),
      ourCostNanoUsd: nanoUsd.describe('Our cost of the same calls'),
      differingCalls: count.describe('Calls whose costs differ by more than 1 %'),
    })
    .describe('Calls that MLflow has a cost for as well'),
}

/** Answer of `GET /ops/costs`. */
export const costsResponse = z.object({
  definition: z.literal('cost v1'),
  period: periodOut,
  groupBy: z.array(z.enum(dimensions)),
  settledUntil: z
    .string()
    .nullable()
    .describe('Until when the spans of all experiments are settled'),
  rows: z.array(
    z.object({
      ...Object.fromEntries(dimensions.map((name) => [name, z.string().optional()])),
      ...costSums,
    } as typeof costSums & Record<Dimension, z.ZodOptional<z.ZodString>>),
  ),
  truncated: z.boolean().describe('There are more rows: ask again with a higher offset'),
  total: z.object(costSums),
  notes: z.object({
    lateCalls: count.describe('Calls that arrived after the lateness window and are in no sum'),
    tokenDifferences: count.describe(
      'Traces whose own token total differs from the sum of their calls',
    ),
    unpriced: z.array(
      z.object({ provider: z.string(), model: z.string(), reason: z.string(), calls: count }),
    ),
    differences: z.array(
      z.object({
        model: z.string(),
        reason: z.string(),
        calls: count,
        costNanoUsd: nanoUsd,
        mlflowCostNanoUsd: nanoUsd,
      }),
    ),
  }),
})

/** Answer of `GET /ops/costs/units`. */
export const unitsResponse = z.object({
  definition: z.literal('unit_cost v1'),
  period: periodOut,
  workload: z.string(),
  unitType: z.string(),
  units: count.describe('Units with a call in the period'),
  unitsWithUnpricedCalls: count,
  p50NanoUsd: nanoUsd.nullable(),
  p95NanoUsd: nanoUsd.nullable(),
  maxNanoUsd: nanoUsd.nullable(),
  meanNanoUsd: nanoUsd.nullable(),
  goals: z.array(goalVerdict),
  mostExpensive: z.array(
    z.object({ id: z.string(), calls: count, unpricedCalls: count, costNanoUsd: nanoUsd }),
  ),
})

/** Answer of `GET /ops/costs/units/{type}/{id}`. */
export const unitResponse = z.object({
  definition: z.literal('unit_cost v1'),
  unitType: z.string(),
  unitId: z.string(),
  calls: count,
  costNanoUsd: nanoUsd,
  expiredCalls: count.describe('Calls that are in the cost but no longer kept one by one'),
  rows: z.array(
    z.object({
      workload: z.string(),
      traceId: z.string(),
      spanId: z.string(),
      startedAt: z.string(),
      provider: z.string(),
      model: z.string(),
      mode: z.string(),
      promptVersion: z.string(),
      country: z.string(),
      status: z.enum(['priced', 'unpriced', 'unreadable']),
      reason: z.string(),
      inputTokens: count,
      cachedInputTokens: count,
      cacheWriteTokens: count,
      outputTokens: count,
      reasoningTokens: count,
      costNanoUsd: nanoUsd.nullable(),
      mlflowCostNanoUsd: nanoUsd.nullable(),
      price: z
        .object({
          source: z.string(),
          version: z.string(),
          model: z.string(),
          tierAboveInputTokens: count,
        })
        .nullable(),
    }),
  ),
  truncated: z.boolean(),
})

const share = z.object({
  value: z.number().min(0).max(1).nullable(),
  samples: count,
  verdict: verdict.nullable().describe('null where no goal is set'),
  reason: z.string().describe('Why the value or the verdict is not known; empty otherwise'),
})

/** Answer of `GET /ops/coverage`. */
export const coverageResponse = z.object({
  definition: z.literal('tracking_coverage v1, cost_visibility v1'),
  period: periodOut,
  workloads: z.array(
    z.object({
      workload: z.string(),
      tracedCalls: count,
      pricedCalls: count,
      madeCalls: count
        .nullable()
        .describe('Calls that the application reported, on the days on which it did'),
      daysWithoutReport: count.describe('Days with traced calls but no report; they are left out'),
      trackingCoverage: share,
      costVisibility: share,
    }),
  ),
  providers: z
    .array(
      z.object({
        source: z.string(),
        tracedCalls: count,
        madeCalls: count.nullable(),
        daysAnswered: count,
        daysAsked: count,
        trackingCoverage: share,
      }),
    )
    .describe("By a provider's own records, which know no workloads: for the whole environment"),
})

/** Answer of `POST /ops/llm-calls`. */
export const llmCallsResponse = z.object({
  accepted: count.describe('Reports that are new'),
  repeated: count.describe('Reports that were counted before'),
})
