import type * as z from 'zod'
import { dayOf } from '../domain/period.ts'
import { requireOwnIds, requirePast } from '../domain/reports.ts'
import type { Database } from '../platform/data-api.ts'
import type { llmCallsBody, llmCallsResponse } from './schema.ts'

/**
 * Keeps what applications say they called. A report that was kept before counts once; one whose id stands for
 * something else is refused, and nothing of the request is kept.
 */
export async function recordReportedCalls(
  database: Database,
  { reports }: z.output<typeof llmCallsBody>,
  context: { readonly timeZone: string; readonly caller: string; readonly now: Date },
): Promise<z.input<typeof llmCallsResponse>> {
  requirePast(reports, 'reports', context.now)
  const rows = JSON.stringify(
    reports.map((report) => {
      const moment = new Date(report.at)
      return { ...report, at: moment.toISOString(), day: dayOf(moment, context.timeZone) }
    }),
  )
  const given = `jsonb_to_recordset(:rows::jsonb) as given(
    id text, workload text, provider text, model text, at timestamptz, day date, calls bigint)`
  return database.transaction(async (statements) => {
    const added = await statements.query<{ id: string }>(
      `insert into ops.reported_calls (report_id, workload, provider, model, at, day, calls, reported_by)
       select distinct on (id) id, workload, provider, model, at, day, calls, :caller from ${given}
       order by id
       on conflict do nothing
       returning report_id as id`,
      { rows, caller: context.caller },
    )
    const conflicts = await statements.query<{ id: string }>(
      `select distinct given.id from ${given} join ops.reported_calls kept on kept.report_id = given.id
       where (kept.workload, kept.provider, kept.model, kept.at, kept.calls)
         is distinct from (given.workload, given.provider, given.model, given.at, given.calls)
       order by 1 limit 20`,
      { rows },
    )
    requireOwnIds(conflicts, 'figures')
    return { accepted: added.length, repeated: reports.length - added.length }
  })
}
