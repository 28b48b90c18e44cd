import * as z from 'zod'
import { ledgerActions } from '../entry.ts'
import { isDay } from '../../domain/period.ts'
import { registeredName } from '../../platform/registered-name.ts'
import { pageFields, periodFields, wholeNumber } from '../../platform/request-fields.ts'
import { workloads } from '../../../config/workloads.ts'

/** MLflow's names may hold slashes and blanks; in a path they are percent-encoded. */
const name = z
  .string()
  .transform((text, context) => {
    try {
      return decodeURIComponent(text)
    } catch {
      context.addIssue({ code: 'custom', message: 'must be percent-encoded' })
      return z.NEVER
    }
  })
  .pipe(registeredName)
  .describe('Name in the MLflow registry')

const version = z
  .union([z.int(), z.string().regex(/^[0-9]{1,10}$/, 'must be the number of a version')])
  .transform(Number)
  .pipe(z.int().min(1).max(2_147_483_647))
  .describe('Number of the version')

const reason = z.string().trim().min(1).max(1_000).describe('Why; it stands in the ledger for ever')

const workload = z
  .enum(workloads.map((each) => each.name))
  .describe('Name of a workload in config/workloads.ts')

export const namePath = z.strictObject({ name })

export const entryPath = z.strictObject({
  name,
  id: wholeNumber(1, 999_999_999_999_999).describe("Number of the ledger's entry"),
})

export const promotionBody = z.strictObject({
  version,
  reason,
  dryRun: z
    .boolean()
    .optional()
    .default(false)
    .describe('Decide only: nothing is recorded and nothing moves'),
})

export const approvalBody = z.strictObject({ version, reason })

export const rollbackBody = z.strictObject({
  reason,
  to: version
    .optional()
    .describe('A version that was in production earlier. Default: the one before'),
})

const day = z.string().refine(isDay, 'must be a day of the calendar, YYYY-MM-DD')

/** Most entries of a page: with its evidence an entry may have 50 KB, and it is answered as text and as JSON. */
const mostEntries = 30

export const ledgerQuery = z.strictObject({
  name: registeredName.optional(),
  workload: workload.optional(),
  action: z.enum(ledgerActions).optional(),
  from: day.optional().describe('First day, in the time zone of the environment. Default: all'),
  to: day.optional().describe('First day that no longer belongs to it. Default: all'),
  order: z
    .enum(['newest', 'oldest'])
    .optional()
    .default('newest')
    .describe('`oldest` first, as the chain is verified'),
  ...pageFields(mostEntries, 20),
})

export const indicatorsQuery = z.strictObject({ workload, ...periodFields })

const count = z.int().min(0)
const kind = z.enum(['model', 'prompt'])

const condition = z.object({
  condition: z.enum(['goal', 'no regression', 'reproducible', 'cost', 'approval']),
  what: z.string(),
  passed: z.boolean(),
  finding: z.string(),
  remedy: z.string().describe('What to do; empty when it passed'),
})

/** Answer of a promotion, made, refused or only tried. */
export const promotionResponse = z.object({
  outcome: z.enum(['promoted', 'refused', 'would be promoted', 'would be refused', 'unchanged']),
  workload: z.string(),
  kind,
  name: z.string(),
  version: z.int(),
  from: z.int().nullable().describe('What production pointed to; null where it pointed to nothing'),
  entry: z
    .int()
    .nullable()
    .describe("Number of the ledger's entry; null where nothing was recorded"),
  at: z.string().nullable(),
  requester: z.string(),
  reason: z.string(),
  conditions: z.array(condition),
  evidence: z.unknown().describe('All that the decision rests on; null where nothing was asked'),
})

const entryFields = {
  sequence: count,
  at: z.string(),
  action: z.enum(ledgerActions),
  workload: z.string(),
  workspace: z.string(),
  name: z.string(),
  from: z.int().nullable(),
  to: z.int().nullable(),
  actor: z.string(),
  reason: z.string(),
}

/** An entry of the ledger; more stands in it, by its action. */
export const entryResponse = z.looseObject(entryFields)

export const rollbackResponse = z.object({
  entries: z.array(entryResponse).describe('One for each name that was moved'),
})

export const ledgerResponse = z.object({
  entries: z.array(
    z.object({
      sequence: count,
      content: z.string().describe('The text that was hashed'),
      previousHash: z.string(),
      hash: z.string().describe('SHA-256 of previousHash, a line feed and content'),
      entry: entryResponse,
    }),
  ),
  truncated: z.boolean().describe('There are more: ask again with a higher offset'),
})

export const indicatorsResponse = z.object({
  workload: z.string(),
  from: z.string(),
  to: z.string(),
  timeZone: z.string(),
  indicators: z.array(
    z.object({
      indicator: z.string(),
      value: z.number().nullable().describe('null where there is nothing to measure'),
      samples: count,
      goal: z.object({
        metric: z.string(),
        comparator: z.enum(['atLeast', 'atMost']),
        target: z.number(),
      }),
      verdict: z.enum(['met', 'missed', 'unproven']),
      definition: z.string(),
    }),
  ),
})
