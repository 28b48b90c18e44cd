import { environments } from '../config/environments.ts'
import { workloads } from '../config/workloads.ts'
import { addDays, startOfDay } from '../lambdas/domain/period.ts'
import { median, repeat } from './measure.ts'
import { superuser } from './postgres.ts'
import type { Stand } from './stand.ts'

/** How long the monthly report takes each way; milliseconds, medians of `runs`. */
export interface ReportFigures {
  readonly runs: number
  readonly days: number
  /** Rows of the report by day, workload and model. */
  readonly rows: number
  readonly traces: number
  /** One SQL statement on the rollups, straight to Postgres. */
  readonly sql: number
  /** The function behind `GET /ops/costs`, with totals and notes, by the Data API, to the last page. */
  readonly route: number
  /** `traces/metrics`: cost by model, all workloads in one sum. */
  readonly metricsByModel: number
  /** `traces/metrics`: cost by UTC day and model, asked for each workload: as near to the report as it comes. */
  readonly metricsByDayModelWorkload: number
  /** `traces/search`, one page of 500. */
  readonly searchPage: number
  readonly searchPages: number
  /** Cost by model in USD as MLflow and as we report it, of the models whose cost both know. */
  readonly costs: ReadonlyMap<string, { readonly mlflow: number; readonly ours: number }>
}

const days = 30
const searchPageSize = 500
const searchedPages = 10

/** Asks for the costs of the last 30 whole days each way, side by side. */
export async function measureReports(
  stand: Stand,
  experimentIds: ReadonlyMap<string, number>,
  lastDay: string,
  runs: number,
): Promise<ReportFigures> {
  const config = environments.prod
  const { costRoutes } = await import('../lambdas/costs/routes.ts')
  const { costsQuery } = await import('../lambdas/costs/schema.ts')
  const period = { from: addDays(lastDay, -days), to: lastDay }
  const [start, end] = [
    startOfDay(period.from, config.timeZone).getTime(),
    startOfDay(period.to, config.timeZone).getTime(),
  ]
  const range = { start_time_ms: start, end_time_ms: end - 1 }
  const ids = [...experimentIds.values()].map(String)
  const client = await stand.connect(superuser)
  const route = costRoutes({
    database: await stand.dataApi('ops'),
    config,
    workloads,
    now: () => new Date(end),
  }).find(({ path }) => path === '/ops/costs')
  if (!route) throw new Error('The cost API has no route /ops/costs.')

  const report = async (groupBy: string) => {
    const rows: { model: string; mlflow: { costNanoUsd: number; ourCostNanoUsd: number } }[] = []
    for (let truncated = true; truncated;) {
      const query = costsQuery.parse({ ...period, groupBy, offset: rows.length })
      const answer = (await route.respond({
        query,
        path: {},
        body: undefined,
        caller: 'bench',
      })) as {
        rows: typeof rows
        truncated: boolean
      }
      rows.push(...answer.rows)
      truncated = answer.truncated
    }
    return rows
  }
  const sql = () =>
    client.query(
      `select day::text, workload, model, sum(calls), sum(input_tokens), sum(output_tokens), sum(cost_nano)
       from ops.cost_rollup where day >= $1 and day < $2
       group by day, workload, model order by day desc, sum(cost_nano) desc`,
      [period.from, period.to],
    )
  const metrics = async (experiments: readonly string[], more: Record<string, unknown> = {}) => {
    const { data_points: points } = await ask<{ data_points: DataPoint[] }>(
      stand,
      'traces/metrics',
      {
        experiment_ids: experiments,
        view_type: 'SPANS',
        metric_name: 'total_cost',
        aggregations: [{ aggregation_type: 'SUM' }],
        dimensions: ['span_model_name'],
        ...range,
        ...more,
      },
    )
    return points ?? []
  }
  const metricsByAll = async () => {
    for (const id of ids) await metrics([id], { time_interval_seconds: 86_400 })
  }

  try {
    // Once without a clock: what every way finds cold is not what is compared.
    const [rows, ours, theirs] = [
      await report('day,model,workload'),
      await report('model'),
      await metrics(ids),
    ]
    await sql()
    await metricsByAll()
    const traces = Number(
      (
        await client.query<{ count: string }>(
          'select count(*) from mlflow.trace_info where timestamp_ms >= $1 and timestamp_ms < $2',
          [start, end],
        )
      ).rows[0]?.count,
    )
    const search = await pageThroughSearch(stand, ids, start, end)
    // In turn, so that other work on the machine meets all of them.
    const times = { sql: [], route: [], byModel: [], byAll: [] } as Record<string, number[]>
    for (let run = 0; run < runs; run += 1) {
      times['sql']?.push(...(await repeat(1, sql)))
      times['route']?.push(...(await repeat(1, () => report('day,model,workload'))))
      times['byModel']?.push(...(await repeat(1, () => metrics(ids))))
      times['byAll']?.push(...(await repeat(1, metricsByAll)))
    }
    return {
      runs,
      days,
      rows: rows.length,
      traces,
      sql: median(times['sql'] ?? []),
      route: median(times['route'] ?? []),
      metricsByModel: median(times['byModel'] ?? []),
      metricsByDayModelWorkload: median(times['byAll'] ?? []),
      searchPage: median(search),
      searchPages: Math.ceil(traces / searchPageSize),
      costs: new Map(
        theirs.map(({ dimensions, values }) => {
          const model = dimensions['span_model_name'] ?? ''
          const row = ours.find((candidate) => candidate.model === model)
          return [model, { mlflow: values['SUM'] ?? 0, ours: (row?.mlflow.costNanoUsd ?? 0) / 1e9 }]
        }),
      ),
    }
  } finally {
    await client.end()
  }
}

interface DataPoint {
  readonly dimensions: Readonly<Record<string, string>>
  readonly values: Readonly<Record<string, number>>
}

/** Milliseconds of each of the first pages of a search for the traces of a period. */
async function pageThroughSearch(
  stand: Stand,
  experimentIds: readonly string[],
  start: number,
  end: number,
): Promise<number[]> {
  const times: number[] = []
  let token: string | undefined
  for (let page = 0; page < searchedPages; page += 1) {
    const started = performance.now()
    const answer = await ask<{ next_page_token?: string }>(stand, 'traces/search', {
      locations: experimentIds.map((id) => ({
        type: 'MLFLOW_EXPERIMENT',
        mlflow_experiment: { experiment_id: id },
      })),
      filter: `timestamp_ms >= ${start} AND timestamp_ms < ${end}`,
      max_results: searchPageSize,
      ...(token && { page_token: token }),
    })
    times.push(performance.now() - started)
    token = answer.next_page_token
    if (!token) break
  }
  return times
}

async function ask<Answer>(stand: Stand, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${stand.mlflow}/api/3.0/mlflow/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`MLflow answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Answer
}
