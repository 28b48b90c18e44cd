import { addDays, type Day, dayOf, startOfDay } from '../domain/period.ts'
import type { Workload } from '../domain/workload.ts'
import type { Statements } from '../platform/data-api.ts'
import type { PublishMetrics } from '../platform/telemetry.ts'
import { measureDay } from './daily-figures.ts'

/** CloudWatch takes metrics that are up to two weeks old. */
const oldestDays = 13

/**
 * Publishes the figures of every past day that was not published yet, once each: a metric costs by the hour in which it
 * is sent. A day whose figures were sent but not noted is sent again with the same moment and values.
 * @returns the days that were published
 */
export async function publishPastDays(
  statements: Statements,
  workloads: readonly Workload[],
  publish: PublishMetrics,
  context: { readonly now: Date; readonly timeZone: string },
): Promise<Day[]> {
  const today = dayOf(context.now, context.timeZone)
  const due = await statements.query<{ day: Day }>(
    `select day::text as day
     from (select day from ops.cost_rollup union select day from ops.reported_calls) known
     where day >= :from::date and day < :today::date and day not in (select day from ops.published_day)
     order by 1`,
    { from: addDays(today, -oldestDays), today },
  )
  for (const { day } of due) {
    // The end of the day: an alarm that looks at the last day sees it at once.
    const at = new Date(startOfDay(addDays(day, 1), context.timeZone).getTime() - 60_000)
    const metrics = []
    for (const workload of workloads) {
      metrics.push(
        ...(await measureDay(statements, workload, day, { timeZone: context.timeZone, workloads })),
      )
    }
    await publish(metrics, at)
    await statements.query(
      `insert into ops.published_day (day) values (:day::date) on conflict do nothing`,
      { day },
    )
  }
  return due.map(({ day }) => day)
}
