import { evaluationWorkload } from '../../domain/workload.ts'
import type { Statements } from '../../platform/data-api.ts'
import { type Mlflow, MlflowError } from '../../platform/mlflow.ts'
import { type PaidCall, toTraces } from './call-traces.ts'

/** Calls in one request: some 200 KB. */
const callsPerRequest = 300

/**
 * Hands the calls that an evaluation has to pay to MLflow, as traces of the workload `evaluation`: those that are not
 * there yet, whichever attempt made them, and those of other evaluations that nobody came for within an hour. Several at
 * once share the work. @throws MlflowError when MLflow stays away: the next caller goes on
 * @returns how many were handed over
 */
export async function traceJudgeCalls(
  database: Statements,
  mlflow: Mlflow,
  evaluationId: string,
): Promise<number> {
  let traced = 0
  let experimentId: string | undefined
  for (;;) {
    const calls = await leaseCalls(database, evaluationId)
    if (calls.length === 0) return traced
    const ids = JSON.stringify(calls.map(({ callId }) => callId))
    try {
      experimentId ??= await findExperiment(mlflow)
      await mlflow.send('/v1/traces', toTraces(calls), {
        'content-type': 'application/x-protobuf',
        'x-mlflow-experiment-id': experimentId,
      })
    } catch (error) {
      await database.query(
        `update ops.judge_call set exporting_until = '-infinity'
         where call_id in (select jsonb_array_elements_text(:ids::jsonb))`,
        { ids },
      )
      throw error
    }
    await database.query(
      `update ops.judge_call set traced_at = now()
       where call_id in (select jsonb_array_elements_text(:ids::jsonb))`,
      { ids },
    )
    traced += calls.length
  }
}

interface LeasedCall extends Omit<PaidCall, 'usage'> {
  readonly inputTokens: number | null
  readonly cachedInputTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number | null
  readonly reasoningTokens: number
}

/** Takes calls for two minutes; who dies with them leaves them to the next. */
async function leaseCalls(database: Statements, evaluationId: string): Promise<PaidCall[]> {
  const rows = await database.query<LeasedCall>(
    `update ops.judge_call set exporting_until = now() + interval '2 minutes'
     where call_id in (
       select call_id from ops.judge_call
       where traced_at is null and exporting_until < now()
         and (evaluation_id = :evaluation or recorded_at < now() - interval '1 hour')
       order by asked_at limit ${callsPerRequest} for update skip locked)
     returning call_id as "callId", judgement_key as "judgementKey", evaluation_id as "evaluationId", operation,
       prompt_version as "promptVersion", provider, model, input_tokens as "inputTokens",
       cached_input_tokens as "cachedInputTokens", cache_write_tokens as "cacheWriteTokens",
       output_tokens as "outputTokens", reasoning_tokens as "reasoningTokens",
       (extract(epoch from asked_at) * 1000)::bigint as "askedAt", milliseconds, fault`,
    { evaluation: evaluationId },
  )
  return rows.map(
    ({
      inputTokens,
      cachedInputTokens,
      cacheWriteTokens,
      outputTokens,
      reasoningTokens,
      ...call
    }) => ({
      ...call,
      usage: { inputTokens, cachedInputTokens, cacheWriteTokens, outputTokens, reasoningTokens },
    }),
  )
}

/** The id of the experiment that judges' calls are traced in; it is made when it is missing. */
async function findExperiment(mlflow: Mlflow): Promise<string> {
  const { experiment: name } = evaluationWorkload
  const read = async (): Promise<string> => {
    const { experiment } = await mlflow.call<{ experiment: { experiment_id: string } }>(
      'GET',
      '/api/2.0/mlflow/experiments/get-by-name',
      { experiment_name: name },
    )
    return experiment.experiment_id
  }
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof MlflowError) || error.code !== 'RESOURCE_DOES_NOT_EXIST') throw error
  }
  try {
    const made = await mlflow.call<{ experiment_id: string }>(
      'POST',
      '/api/2.0/mlflow/experiments/create',
      { name },
    )
    return made.experiment_id
  } catch (error) {
    // Another batch was faster.
    if (error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS') return read()
    throw error
  }
}
