import * as z from 'zod'
import { workloads } from '../../config/workloads.ts'
import { addDays, isDay, lengthInDays } from '../domain/period.ts'
import { unassignedWorkload } from './aggregate.ts'

/** Longest period that one report covers, in days. */
const longestPeriod = 400

/** Most reports in one request. */
const mostReports = 1_000

const workloadNames = [...workloads.map(({ name }) => name), unassignedWorkload] as const

const day = z
  .string()
  .refine(isDay, 'must be a day of the calendar, YYYY-MM-DD')
  .meta({ format: 'date', pattern: '^2[01][0-9]{2}-[0-9]{2}-[0-9]{2}$', example: '2026-11-01' })

const workload = z.enum(workloadNames).describe('Name of a workload in config/workloads.ts')

/** A short text of printable characters, without blanks at its ends. */
const label = (length: number) =>
  z
    .string()
    .min(1)
    .max(length)
    // oxlint-disable-next-line no-control-regex -- control characters are what it keeps out
    .regex(/^[^\s\u0000-\u001f\u007f](?:[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f])?$/u)
    .refine((text) => text.isWellFormed(), 'holds half of a surrogate pair')

const wholeNumber = (least: number, most: number) =>
  z.coerce
    .number()
    .int()
    .min(least)
    .max(most)
    .meta({ type: 'integer', minimum: least, maximum: most })

const period = {
  from: day
    .optional()
    .describe('First day, in the time zone of the environment. Default: 30 days before `to`'),
  to: day.optional().describe('First day that no longer belongs to the period. Default: tomorrow'),
}

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
  ...period,
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
  limit: wholeNumber(1, 1_000).optional().default(1_000),
  offset: wholeNumber(0, 1_000_000).optional().default(0),
})

/** Query of `GET /ops/costs/units`. */
export const unitsQuery = z.strictObject({
  ...period,
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
  limit: wholeNumber(1, 500).optional().default(100),
  offset: wholeNumber(0, 1_000_000).optional().default(0),
})

/** Query of `GET /ops/coverage`. */
export const coverageQuery = z.strictObject({ ...period, workload: workload.optional() })

/** No query at all. */
export const emptyQuery = z.strictObject({})

/** Body of `POST /ops/llm-calls`. */
export const llmCallsBody = z.strictObject({
  reports: z
    .array(
      z.strictObject({
        id: label(100).describe('Idempotency key: the same id again is not counted again'),
        workload,
        provider: label(100).optional().default(''),
        model: label(100).optional().default(''),
        at: z.iso
          .datetime({ offset: true })
          .describe('When the calls were made; it decides the day that they count for')
          .refine((text) => isDay(text.slice(0, 10)), 'must be in the years 2000 to 2199'),
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

/** A period that was asked for, completed: at most {@link longestPeriod} days and not reversed. */
export function completePeriod(
  asked: { readonly from?: string | undefined; readonly to?: string | undefined },
  today: string,
): { period: { from: string; to: string } } | { violation: { field: string; message: string } } {
  const to =
    asked.to ??
    (asked.from !== undefined && asked.from > today ? addDays(asked.from, 1) : addDays(today, 1))
  const from = asked.from ?? addDays(to, -30)
  const length = lengthInDays({ from, to })
  if (length <= 0) {
    return {
      violation: {
        field: 'from',
        message: `must be before to; the period ${from} to ${to} is empty`,
      },
    }
  }
  if (length > longestPeriod) {
    return {
      violation: {
        field: 'from',
        message: `the period ${from} to ${to} has ${length} days; ask for at most ${longestPeriod}`,
      },
    }
  }
  return { period: { from, to } }
}

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
