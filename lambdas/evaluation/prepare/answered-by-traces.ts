import pLimit from 'p-limit'
import type { Statements } from '../../platform/data-api.ts'
import { MlflowError, type Mlflow } from '../../platform/mlflow.ts'
import type { AnsweredRow } from '../row.ts'
import { failedTrace, readTrace, type StoredTrace } from './read-trace.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'

/** Which traces are drawn. */
export interface TraceSample {
  readonly experimentId: string
  /** Half-open, in milliseconds since 1970. */
  readonly from: number
  readonly until: number
  readonly seed: number
  /** Most traces. */
  readonly size: number
}

const tracesPerCall = 20
const callsAtOnce = 4

/** Statuses with which MLflow says something of the traces that were asked for. Others mean that it cannot be asked. */
const ofTraces = new Set([400, 404, 413, 500])

/**
 * Traces of production as rows, drawn by the seed: the same traces give the same sample. Only traces that succeeded, and
 * none that an evaluation made. One that cannot be read is a row with the reason.
 * @throws UnusableInput when there is none
 */
export async function answeredByTraces(
  statements: Statements,
  mlflow: Mlflow,
  sample: TraceSample,
): Promise<AnsweredRow[]> {
  const ids = await drawTraces(statements, sample)
  if (ids.length === 0) {
    throw new UnusableInput(
      `The experiment has no trace with state OK between ${iso(sample.from)} and ${iso(sample.until)}. Trace the application, or choose another source.`,
    )
  }
  const limit = pLimit(callsAtOnce)
  const rows = await Promise.all(
    inParts(ids, tracesPerCall).map((part) => limit(() => readTraces(mlflow, part))),
  )
  return rows.flat()
}

/** All in one answer: 10,000 ids are half of what the Data API carries. */
async function drawTraces(statements: Statements, sample: TraceSample): Promise<string[]> {
  const drawn = await statements.query<{ traceId: string }>(
    `select trace_id as "traceId" from ops.drawn_traces(
       :experiment::integer, :from::bigint, :until::bigint, :seed, :most::integer)`,
    {
      experiment: sample.experimentId,
      from: BigInt(sample.from),
      until: BigInt(sample.until),
      seed: String(sample.seed),
      most: sample.size,
    },
  )
  return drawn.map(({ traceId }) => traceId)
}

/** Many at once; those that do not come so, one by one, so that one broken trace takes no others with it. */
async function readTraces(mlflow: Mlflow, ids: readonly string[]): Promise<AnsweredRow[]> {
  const answer = await orReason(() =>
    mlflow.call<{ traces?: readonly StoredTrace[] }>('GET', '/api/3.0/mlflow/traces/batchGet', {
      trace_ids: ids,
    }),
  )
  const traces = typeof answer === 'string' ? [] : (answer.traces ?? [])
  const byId = new Map(traces.map((trace) => [trace.trace_info.trace_id, trace]))
  const rows: AnsweredRow[] = []
  for (const id of ids) {
    const trace = byId.get(id)
    rows.push(trace === undefined ? await readOne(mlflow, id) : readTrace(trace))
  }
  return rows
}

async function readOne(mlflow: Mlflow, id: string): Promise<AnsweredRow> {
  const answer = await orReason(() =>
    // Whatever has arrived: MLflow would wait for seconds for spans that were lost.
    mlflow.call<{ trace: StoredTrace }>('GET', '/api/3.0/mlflow/traces/get', {
      trace_id: id,
      allow_partial: true,
    }),
  )
  return typeof answer === 'string'
    ? failedTrace(id, `The trace cannot be read: ${answer}`)
    : readTrace(answer.trace)
}

/** The answer, or why there is none for what was asked. @throws MlflowError when it cannot be asked */
async function orReason<Answer>(ask: () => Promise<Answer>): Promise<Answer | string> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof MlflowError && ofTraces.has(error.status)) return error.message
    throw error
  }
}

function inParts<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  )
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
