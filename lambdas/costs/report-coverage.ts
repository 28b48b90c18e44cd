import type * as z from 'zod'
import type { Goal } from '../domain/goal.ts'
import type { Period } from '../domain/period.ts'
import type { Workload } from '../domain/workload.ts'
import type { Statements } from '../platform/data-api.ts'
import { costVisibility, trackingCoverage } from './coverage.ts'
import { providersOf } from './provider-calls.ts'
import type { coverageResponse } from './schema.ts'

/** The goal of a workload on an operating figure, if it has one. */
function operatingGoal(workload: Workload | undefined, metric: string): Goal | undefined {
  return workload?.operatingGoals?.find((goal) => goal.metric === metric)
}

/** Tracking coverage and cost visibility by workload, and coverage by the providers' own records. */
export async function reportCoverage(
  statements: Statements,
  question: {
    readonly period: Period
    readonly timeZone: string
    readonly workload: string | undefined
  },
  workloads: readonly Workload[],
): Promise<z.input<typeof coverageResponse>> {
  const parameters = {
    from: question.period.from,
    to: question.period.to,
    workload: question.workload ?? null,
  }
  const inPeriod = `day >= :from::date and day < :to::date`
  const ofWorkload = `(:workload::text is null or workload = :workload::text)`
  const [figures, providers] = await Promise.all([
    statements.query<{
      workload: string
      tracedCalls: number
      pricedCalls: number
      tracedOnReportedDays: number
      matchedCalls: number
      madeCalls: number | null
      daysWithoutReport: number
    }>(
      `with traced as (
         select day, workload, sum(calls) as calls, sum(priced_calls) as priced
         from ops.cost_rollup where ${inPeriod} and ${ofWorkload} group by day, workload
       ), made as (
         select day, workload, sum(calls) as calls
         from ops.reported_calls where ${inPeriod} and ${ofWorkload} group by day, workload
       )
       select workload,
         coalesce(sum(traced.calls), 0)::bigint as "tracedCalls",
         coalesce(sum(traced.priced), 0)::bigint as "pricedCalls",
         coalesce(sum(traced.calls) filter (where made.calls is not null), 0)::bigint as "tracedOnReportedDays",
         coalesce(sum(least(traced.calls, made.calls)) filter (where traced.calls is not null and made.calls is not null), 0)
           ::bigint as "matchedCalls",
         sum(made.calls)::bigint as "madeCalls",
         count(*) filter (where made.calls is null) as "daysWithoutReport"
       from traced full join made using (day, workload)
       group by workload order by workload`,
      parameters,
    ),
    question.workload === undefined
      ? reportProviders(statements, question.period)
      : Promise.resolve([]),
  ])
  return {
    definition: 'tracking_coverage v1, cost_visibility v1',
    period: { ...question.period, timeZone: question.timeZone },
    workloads: figures.map((row) => {
      const workload = workloads.find(({ name }) => name === row.workload)
      return {
        workload: row.workload,
        tracedCalls: row.tracedCalls,
        pricedCalls: row.pricedCalls,
        madeCalls: row.madeCalls,
        daysWithoutReport: row.daysWithoutReport,
        trackingCoverage: trackingCoverage(
          { traced: row.tracedOnReportedDays, made: row.madeCalls, matched: row.matchedCalls },
          operatingGoal(workload, 'tracking_coverage'),
        ),
        costVisibility: costVisibility(
          row.pricedCalls,
          row.tracedCalls,
          operatingGoal(workload, 'cost_visibility'),
        ),
      }
    }),
    providers,
  }
}

/** By source, on the days for which it answered. It has no goal of its own: a provider knows no workloads. */
async function reportProviders(
  statements: Statements,
  period: Period,
): Promise<z.input<typeof coverageResponse>['providers']> {
  const sources = await statements.query<{
    source: string
    daysAsked: number
    daysAnswered: number
    madeCalls: number | null
    reason: string | null
  }>(
    `select asked.source, count(*) as "daysAsked", count(*) filter (where asked.answered) as "daysAnswered",
       sum(made.calls)::bigint as "madeCalls", max(asked.reason) filter (where not asked.answered) as reason
     from ops.provider_day asked
     left join lateral (
       select coalesce(sum(calls), 0) as calls from ops.provider_calls p
       where p.source = asked.source and p.day = asked.day and asked.answered
     ) made on asked.answered
     where asked.day >= :from::date and asked.day < :to::date
     group by asked.source order by asked.source`,
    { from: period.from, to: period.to },
  )
  return Promise.all(
    sources.map(async ({ reason, ...source }) => {
      const [traced] = await statements.query<{ calls: number; matched: number }>(
        `with traced as (
           select day, sum(calls) as calls from ops.cost_rollup
           where day >= :from::date and day < :to::date
             and provider in (select jsonb_array_elements_text(:providers::jsonb))
           group by day
         ), made as (
           select asked.day, coalesce(sum(p.calls), 0) as calls
           from ops.provider_day asked left join ops.provider_calls p using (source, day)
           where source = :source and answered and asked.day >= :from::date and asked.day < :to::date
           group by asked.day
         )
         select coalesce(sum(traced.calls), 0)::bigint as calls,
           coalesce(sum(least(coalesce(traced.calls, 0), made.calls)), 0)::bigint as matched
         from made left join traced using (day)`,
        {
          source: source.source,
          providers: JSON.stringify(providersOf(source.source)),
          from: period.from,
          to: period.to,
        },
      )
      const tracedCalls = traced?.calls ?? 0
      const coverage = trackingCoverage(
        { traced: tracedCalls, made: source.madeCalls, matched: traced?.matched ?? 0 },
        undefined,
      )
      return {
        ...source,
        tracedCalls,
        trackingCoverage:
          source.madeCalls === null && reason !== null ? { ...coverage, reason } : coverage,
      }
    }),
  )
}
