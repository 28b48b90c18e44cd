import type { Statements } from '../../platform/data-api.ts'
import type { AnsweredRow } from '../row.ts'
import { toRowIds } from './row-id.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'

/** Whose outcomes are looked at. */
export interface OutcomePeriod {
  readonly evaluationId: string
  readonly workload: string
  /** The workload's main unit, for when no outcome says which units have outcomes. */
  readonly unitType: string
  readonly experimentId: string
  /** Half-open, in milliseconds since 1970. */
  readonly from: number
  readonly until: number
}

interface Unit {
  readonly unitType: string
  readonly unitId: string
}

interface Outcome extends Unit {
  readonly actual: boolean | null
  readonly predicted: boolean | null
  readonly straightThrough: boolean | null
  readonly confidence: number | null
}

const rowsPerStatement = 1_000

/**
 * Units as rows: each whose outcome became known in the period and was reported before the evaluation was asked for (its
 * latest report counts, as a whole), and each that the traces of the period name and of which nothing was ever reported,
 * with `inputs.outcome` of `unknown`. A unit of these traces whose outcome is older belongs to an earlier period.
 * @throws UnusableInput when there is no unit
 */
export async function answeredByOutcomes(
  statements: Statements,
  period: OutcomePeriod,
): Promise<AnsweredRow[]> {
  const outcomes = await readOutcomes(statements, period)
  const types = [...new Set(outcomes.map(({ unitType }) => unitType))]
  const unknown = await readUnknown(
    statements,
    period,
    types.length > 0 ? types : [period.unitType],
  )
  if (outcomes.length + unknown.length === 0) {
    throw new UnusableInput(
      `No outcome of ${period.workload} was reported in the period and no trace names a unit (tags ops.unit.type and ops.unit.id). Report outcomes by POST /ops/outcomes.`,
    )
  }
  const ids = toRowIds(
    [...outcomes, ...unknown].map(({ unitType, unitId }) => `${unitType}/${unitId}`),
  )
  return [...outcomes.map(knownRow), ...unknown.map(unknownRow)].map((row, index) => ({
    id: ids[index] ?? '',
    ...row,
    traceId: null,
    milliseconds: null,
    failure: null,
  }))
}

type Content = Pick<AnsweredRow, 'inputs' | 'outputs' | 'expectations'>

function knownRow({ unitType, unitId, actual, ...outputs }: Outcome): Content {
  return {
    inputs: { unitType, unitId },
    outputs: Object.fromEntries(Object.entries(outputs).filter(([, value]) => value !== null)),
    ...(actual !== null && { expectations: { actual } }),
  }
}

function unknownRow({ unitType, unitId }: Unit): Content {
  return { inputs: { unitType, unitId, outcome: 'unknown' }, outputs: {} }
}

async function readOutcomes(statements: Statements, period: OutcomePeriod): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (;;) {
    const last = outcomes.at(-1)
    const page = await statements.query<Outcome>(
      `select distinct on (unit_type, unit_id) unit_type as "unitType", unit_id as "unitId", actual, predicted,
         straight_through as "straightThrough", confidence
       from ops.outcome
       where workload = :workload and at >= ops.instant(:from::bigint * 1000000)
         and received_at <= (select requested_at from ops.evaluation where evaluation_id = :evaluation)
         and (unit_type, unit_id) > (:type, :id)
       order by unit_type, unit_id, at desc, received_at desc, outcome_id desc
       limit :page`,
      {
        workload: period.workload,
        from: BigInt(period.from),
        evaluation: period.evaluationId,
        type: last?.unitType ?? '',
        id: last?.unitId ?? '',
        page: rowsPerStatement,
      },
    )
    outcomes.push(...page)
    if (page.length < rowsPerStatement) return outcomes
  }
}

interface TracedUnit {
  readonly traceId: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly unitType: string | null
  readonly unitId: string | null
}

async function readUnknown(
  statements: Statements,
  period: OutcomePeriod,
  types: readonly string[],
): Promise<Unit[]> {
  const units = new Map<string, Unit>()
  let last: Pick<TracedUnit, 'at' | 'traceId'> = { at: period.from, traceId: '' }
  for (;;) {
    const page = await statements.query<TracedUnit>(
      `select trace_id as "traceId", timestamp_ms as at, unit_type as "unitType", unit_id as "unitId"
       from ops.units_without_outcome(:experiment::integer, :workload, :evaluation, :types::jsonb, :until::bigint,
         :at::bigint, :trace, :page::integer)`,
      {
        experiment: period.experimentId,
        workload: period.workload,
        evaluation: period.evaluationId,
        types: JSON.stringify(types),
        until: BigInt(period.until),
        at: BigInt(last.at),
        trace: last.traceId,
        page: rowsPerStatement,
      },
    )
    for (const { unitType, unitId } of page) {
      if (unitType !== null && unitId !== null) {
        units.set(JSON.stringify([unitType, unitId]), { unitType, unitId })
      }
    }
    const end = page.at(-1)
    if (end === undefined || page.length < rowsPerStatement) break
    last = end
  }
  return [...units.values()]
}
