import type * as z from 'zod'
import type { Period } from '../../domain/period.ts'
import { startOfDay } from '../../domain/period.ts'
import { invalidRequest } from '../../domain/problem.ts'
import { requireOwnIds, requirePast } from '../../domain/reports.ts'
import { wilsonInterval } from '../../domain/statistics/wilson-interval.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Database, Statements } from '../../platform/data-api.ts'
import { assertKnownMlflowSchema } from '../../platform/mlflow-tables.ts'
import type { outcomesAccepted, outcomesBody, outcomesResponse } from './outcome-schema.ts'

/** How many ids of conflicting reports are named. */
const mostNamed = 100

/**
 * Keeps what applications say became of their units. A report that was kept before counts once; one whose id stands
 * for something else is refused, and nothing of the request is kept.
 */
export async function recordOutcomes(
  database: Database,
  { outcomes }: z.output<typeof outcomesBody>,
  context: {
    readonly workloads: readonly Workload[]
    readonly caller: string
    readonly now: Date
  },
): Promise<z.input<typeof outcomesAccepted>> {
  requirePast(outcomes, 'outcomes', context.now)
  const rows = JSON.stringify(
    outcomes.map((outcome, index) => ({
      ...outcome,
      at: new Date(outcome.at).toISOString(),
      unitType: unitTypeOf(outcome, context.workloads, `body.outcomes.${index}.unitType`),
    })),
  )
  const given = `jsonb_to_recordset(:rows::jsonb) as given(id text, workload text, "unitType" text, "unitId" text,
    at timestamptz, actual boolean, predicted boolean, "straightThrough" boolean, confidence double precision)`
  return database.transaction(async (statements) => {
    const added = await statements.query<{ id: string }>(
      `insert into ops.outcome (outcome_id, workload, unit_type, unit_id, at, actual, predicted, straight_through,
         confidence, reported_by)
       select distinct on (id) id, workload, "unitType", "unitId", at, actual, predicted, "straightThrough",
         confidence, :caller
       from ${given}
       order by id
       on conflict do nothing
       returning outcome_id as id`,
      { rows, caller: context.caller },
    )
    const conflicts = await statements.query<{ id: string }>(
      `select distinct given.id from ${given} join ops.outcome kept on kept.outcome_id = given.id
       where (kept.workload, kept.unit_type, kept.unit_id, kept.at, kept.actual, kept.predicted,
           kept.straight_through, kept.confidence)
         is distinct from (given.workload, given."unitType", given."unitId", given.at, given.actual, given.predicted,
           given."straightThrough", given.confidence)
       order by 1 limit ${mostNamed}`,
      { rows },
    )
    requireOwnIds(conflicts, 'outcomes')
    return { accepted: added.length, repeated: outcomes.length - added.length }
  })
}

/**
 * Production's figures from what was reported in a period: of each unit the latest report, as a whole. Units that the
 * traces of the period name and nobody ever reported on count as units whose outcome is not known.
 */
export async function summarizeOutcomes(
  statements: Statements,
  asked: {
    readonly workload: string
    readonly unitType?: string | undefined
    readonly period: Period
    readonly timeZone: string
    readonly workloads: readonly Workload[]
  },
): Promise<z.input<typeof outcomesResponse>> {
  const { workload, period, timeZone } = asked
  const unitType = unitTypeOf(asked, asked.workloads, 'unitType')
  const [from, to] = [startOfDay(period.from, timeZone), startOfDay(period.to, timeZone)]
  await assertKnownMlflowSchema(statements)
  const [row] = await statements.query<Counts>(
    `select count(*) as reported,
       ops.units_without_report(:workload, :experiment, :unitType, :fromMs::bigint, :toMs::bigint) as unreported,
       count(*) filter (where actual is not null or straight_through is not null) as concluded,
       count(*) filter (where straight_through) as through,
       count(straight_through) as processed,
       count(*) filter (where predicted and actual) as "truePositives",
       count(*) filter (where predicted and not actual) as "falsePositives",
       count(*) filter (where not predicted and actual) as "falseNegatives",
       count(*) filter (where not predicted and not actual) as "trueNegatives"
     from (
       select distinct on (unit_id) actual, predicted, straight_through from ops.outcome
       where workload = :workload and unit_type = :unitType
         and at >= :from::timestamptz and at < :to::timestamptz
       order by unit_id, at desc, received_at desc, outcome_id desc
     ) latest`,
    {
      workload,
      unitType,
      experiment: asked.workloads.find(({ name }) => name === workload)?.experiment ?? '',
      from: from.toISOString(),
      to: to.toISOString(),
      fromMs: BigInt(from.getTime()),
      toMs: BigInt(to.getTime()),
    },
  )
  if (row === undefined) throw new Error('An aggregate returned no row.')
  const { reported, unreported, concluded, through, processed, ...counts } = row
  const units = reported + unreported
  return {
    definition:
      'outcome_coverage v1, straight_through_processing_rate v1, classification_precision v1, classification_recall v1',
    period: { ...period, timeZone },
    workload,
    unitType,
    units,
    unreportedUnits: unreported,
    outcomeCoverage: shareOf(concluded, units),
    straightThroughProcessingRate: shareOf(through, processed),
    precision: shareOf(counts.truePositives, counts.truePositives + counts.falsePositives),
    recall: shareOf(counts.truePositives, counts.truePositives + counts.falseNegatives),
    counts,
  }
}

interface Counts {
  readonly reported: number
  readonly unreported: number
  readonly concluded: number
  readonly through: number
  readonly processed: number
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
}

function shareOf(
  counted: number,
  all: number,
): z.input<typeof outcomesResponse>['outcomeCoverage'] {
  const interval = wilsonInterval(counted, all)
  return {
    value: interval?.estimate ?? null,
    lower: interval?.lower ?? null,
    upper: interval?.upper ?? null,
    samples: all,
  }
}

/** The unit that was named, or the workload's first. */
function unitTypeOf(
  { workload, unitType }: { readonly workload: string; readonly unitType?: string | undefined },
  workloads: readonly Workload[],
  field: string,
): string {
  const units = (workloads.find(({ name }) => name === workload)?.units ?? []).map(
    ({ type }) => type,
  )
  if (unitType === undefined && units[0] !== undefined) return units[0]
  if (unitType !== undefined && units.includes(unitType)) return unitType
  throw invalidRequest([
    { field, message: `must be a unit of ${workload}: ${units.join(', ') || 'it has none'}` },
  ])
}
