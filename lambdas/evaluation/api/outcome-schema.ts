import * as z from 'zod'
import { label, moment, periodFields } from '../../platform/request-fields.ts'
import { workloadName } from '../start/wish.ts'
import { count } from './evaluation-schema.ts'

const mostOutcomes = 1_000

const known = (description: string) => z.boolean().optional().describe(description)

/** What became of one unit. */
const outcome = z
  .strictObject({
    id: label(100).describe('Idempotency key: the same id again is the same report'),
    workload: workloadName,
    unitType: label(40).optional().describe("Default: the workload's first unit"),
    unitId: label(200),
    at: moment.describe('When it was known; the latest report of a unit counts, as a whole'),
    actual: known('Whether it really is what is looked for, such as fraud'),
    predicted: known('Whether it was taken for that'),
    straightThrough: known('Whether nobody had to look at it'),
    confidence: z.number().min(0).max(1).optional().describe('Of the prediction'),
  })
  .refine(
    ({ actual, predicted, straightThrough }) =>
      actual !== undefined || predicted !== undefined || straightThrough !== undefined,
    'says nothing: give actual, predicted or straightThrough',
  )

/** Body of `POST /ops/outcomes`. */
export const outcomesBody = z.strictObject({ outcomes: z.array(outcome).min(1).max(mostOutcomes) })

/** Answer of `POST /ops/outcomes`. */
export const outcomesAccepted = z.object({
  accepted: count.describe('Reports that are new'),
  repeated: count.describe('Reports that were kept before'),
})

/** Query of `GET /ops/outcomes`. */
export const outcomesQuery = z.strictObject({
  workload: workloadName,
  unitType: label(40).optional().describe("Default: the workload's first unit"),
  ...periodFields,
})

const share = z.object({
  value: z.number().min(0).max(1).nullable().describe('null where there is nothing to divide by'),
  lower: z.number().min(0).max(1).nullable().describe('Wilson, 95 %'),
  upper: z.number().min(0).max(1).nullable(),
  samples: count.describe('What it was divided by'),
})

/** Answer of `GET /ops/outcomes`. */
export const outcomesResponse = z.object({
  definition: z.literal(
    'outcome_coverage v1, straight_through_processing_rate v1, classification_precision v1, classification_recall v1',
  ),
  period: z.object({ from: z.string(), to: z.string(), timeZone: z.string() }),
  workload: z.string(),
  unitType: z.string(),
  units: count.describe('Units with a report in the period, and unreported ones'),
  unreportedUnits: count.describe(
    'Units that traces of the period name and of which no outcome was ever reported',
  ),
  outcomeCoverage: share.describe('Of how many units it is known what became of them'),
  straightThroughProcessingRate: share,
  precision: share,
  recall: share,
  counts: z.object({
    truePositives: count,
    falsePositives: count,
    falseNegatives: count,
    trueNegatives: count,
  }),
})
