import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

/** A span as a test describes it; everything else is as MLflow writes it. */
export interface TestSpan {
  readonly id?: string
  readonly parent?: string
  /** @default 'CHAT_MODEL' */
  readonly type?: string
  /** @default 'gpt-4o-mini' */
  readonly model?: string | null
  /** @default 'openai' */
  readonly provider?: string | null
  readonly usage?: Readonly<Record<string, unknown>>
  /** The whole content, to break it. */
  readonly content?: string
  /** USD. @default none */
  readonly mlflowCost?: number
  /** Seconds after the trace began. @default 0 */
  readonly after?: number
}

/** Connects to the test database as a role. */
export async function connectAs(role: 'mlflow' | 'ops'): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: inject('postgresPort'),
    user: role,
    password: inject('passwords')[role],
    database: 'mlops',
  })
  await client.connect()
  return client
}

/** Makes an experiment and returns its id. */
export async function makeExperiment(mlflow: pg.Client, name: string): Promise<number> {
  const { rows } = await mlflow.query<{ experiment_id: number }>(
    `insert into experiments (name, lifecycle_stage) values ($1, 'active') returning experiment_id`,
    [name],
  )
  return rows[0]?.experiment_id ?? 0
}

/** Stores a trace as MLflow's tracking server does, and returns its id. */
export async function storeTrace(
  mlflow: pg.Client,
  trace: {
    readonly experiment: number
    readonly at: Date
    readonly spans: readonly TestSpan[]
    readonly tags?: Readonly<Record<string, string>>
    readonly totalTokens?: number
  },
): Promise<string> {
  const id = `tr-${randomBytes(16).toString('hex')}`
  await mlflow.query(
    `insert into trace_info (request_id, experiment_id, timestamp_ms, status, total_tokens)
     values ($1, $2, $3, 'OK', $4)`,
    [id, trace.experiment, trace.at.getTime(), trace.totalTokens ?? null],
  )
  await storeSpans(mlflow, id, trace)
  await tagTrace(mlflow, id, trace.tags ?? {})
  return id
}

/** Adds spans to a trace. */
export async function storeSpans(
  mlflow: pg.Client,
  traceId: string,
  trace: { readonly experiment: number; readonly at: Date; readonly spans: readonly TestSpan[] },
): Promise<void> {
  for (const span of trace.spans) {
    const start = BigInt(trace.at.getTime() + (span.after ?? 0) * 1000) * 1_000_000n
    const content =
      span.content ??
      JSON.stringify({
        trace_id: traceId,
        attributes: {
          'mlflow.spanInputs': '{"messages": []}',
          ...(span.usage && { 'mlflow.chat.tokenUsage': JSON.stringify(span.usage) }),
        },
      }).replaceAll('":"', '": "')
    await mlflow.query(
      `insert into spans (trace_id, experiment_id, span_id, parent_span_id, name, type, status,
         start_time_unix_nano, end_time_unix_nano, content, model_name, model_provider, total_cost)
       values ($1, $2, $3, $4, 'call', $5, 'OK', $6, $7, $8, $9, $10, $11)`,
      [
        traceId,
        trace.experiment,
        span.id ?? randomBytes(8).toString('hex'),
        span.parent ?? null,
        span.type ?? 'CHAT_MODEL',
        String(start),
        String(start + 1_000_000n),
        content,
        span.model === undefined ? 'gpt-4o-mini' : span.model,
        span.provider === undefined ? 'openai' : span.provider,
        span.mlflowCost ?? null,
      ],
    )
  }
}

/** Sets tags of a trace, as `mlflow.set_trace_tag` does. */
export async function tagTrace(
  mlflow: pg.Client,
  traceId: string,
  tags: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [key, value] of Object.entries(tags)) {
    await mlflow.query(
      `insert into trace_tags (key, value, request_id) values ($1, $2, $3)
       on conflict (key, request_id) do update set value = excluded.value`,
      [key, value, traceId],
    )
  }
}
