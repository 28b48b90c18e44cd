import { setMaxListeners } from 'node:events'
import pLimit from 'p-limit'
import type { Judge } from '../judges/judge.ts'
import type { AnsweredRow, DatasetRow, ScoredRow } from '../row.ts'
import { needsJudge, rowMetricsOf, scoreRow } from '../scoring/score-row.ts'
import { type Endpoint, failed, openEndpoint } from './call-endpoint.ts'
import type { SavedAnswers } from './saved-answers.ts'
import { type Batch, BatchUnfinished, type BatchSurroundings, shareOf } from './surroundings.ts'
import { watchBatch } from './watch-batch.ts'

/** Seconds that one answer may take, where the environment names none. */
const defaultTimeoutSeconds = 30

/** Kept for saving what was answered and handing over what the judge still holds. */
const lastReserve = 30_000
/** Time in which no further row is begun, so that those under way come to their end. */
const reserve = 60_000

/**
 * Asks for the rows that have no answer yet, while those that have one are judged. `null` where the evaluation was over
 * before the batch was.
 * @throws BatchUnfinished when time runs out, after saving
 */
export async function evaluateRows(
  rows: readonly (DatasetRow | AnsweredRow)[],
  batch: Batch,
  answers: SavedAnswers,
  surroundings: BatchSurroundings,
): Promise<ScoredRow[] | null> {
  const { sleep, timeLeft } = surroundings
  const stop = new AbortController()
  const finished = new AbortController()
  // Each row that waits listens; that is no leak.
  setMaxListeners(0, stop.signal)
  const judge = await openJudgeOf(batch, surroundings)
  try {
    const endpoint = await endpointOf(batch, surroundings, stop.signal)
    const evaluate = rowEvaluator(batch, { endpoint, judge, answers, surroundings }, stop.signal)
    const work = Promise.all(rows.map((row) => evaluate(row))).finally(() => finished.abort())
    // It is awaited below; meanwhile a rejection must not end the process.
    work.catch(() => undefined)
    const end = await watchBatch(batch, answers, surroundings, {
      finished: finished.signal,
      reserve: reserve + (endpoint?.timeLimit ?? 0),
    })
    stop.abort()
    if (end !== 'finished') await sleep(Math.max(0, timeLeft() - lastReserve), finished.signal)
    const scored = finished.signal.aborted ? await work : [null]
    await answers.save()
    await judge?.flush()
    if (scored.every((row) => row !== null)) return scored
    if (end === 'cancelled') return null
    throw new BatchUnfinished('There was not enough time for all rows of the batch.')
  } catch (error) {
    stop.abort()
    // What counts is the first error.
    await Promise.allSettled([answers.save(), judge?.flush()])
    throw error
  }
}

async function openJudgeOf(
  { plan, workload }: Batch,
  { evaluation, openJudge }: BatchSurroundings,
): Promise<Judge | undefined> {
  const { judge, metrics } = plan.request
  if (!rowMetricsOf(metrics).some((name) => needsJudge(name))) return undefined
  return openJudge(judge, {
    criteria: workload.benchmark?.criteria ?? [],
    evaluationId: plan.evaluationId,
    callsAtOnce: shareOf(evaluation.callsAtOnce.judge, evaluation.batchesAtOnce),
  })
}

/** The application, where it is asked; a workload without an address fails its rows. */
async function endpointOf(
  { plan, workload }: Batch,
  surroundings: BatchSurroundings,
  stop: AbortSignal,
): Promise<(Endpoint & { readonly timeLimit: number }) | undefined> {
  const { source, subject } = plan.request
  if (source.kind !== 'endpoint') return undefined
  const config = surroundings.evaluation.endpoints[workload.name]
  if (config === undefined) {
    const reason = `The environment names no endpoint of the workload ${workload.name}.`
    return { timeLimit: 0, ask: (row) => Promise.resolve(failed(row, reason)) }
  }
  const { url, secretName, timeoutSeconds = defaultTimeoutSeconds } = config
  const timeLimit = timeoutSeconds * 1_000
  const token = secretName === undefined ? undefined : await surroundings.secretText(secretName)
  const { evaluationId } = plan
  const endpoint = openEndpoint({
    ...surroundings,
    url,
    token,
    subject,
    timeLimit,
    evaluationId,
    stop,
  })
  return { ...endpoint, timeLimit }
}

/** Takes a row from the question to its scores; `null` when that was stopped on the way. */
function rowEvaluator(
  { plan }: Batch,
  parts: {
    readonly endpoint: Endpoint | undefined
    readonly judge: Judge | undefined
    readonly answers: SavedAnswers
    readonly surroundings: BatchSurroundings
  },
  stop: AbortSignal,
): (row: DatasetRow | AnsweredRow) => Promise<ScoredRow | null> {
  const { endpoint, judge, answers } = parts
  const { batchesAtOnce, callsAtOnce } = parts.surroundings.evaluation
  const { metrics, k } = plan.request
  const names = rowMetricsOf(metrics)
  const asking = pLimit(shareOf(callsAtOnce.endpoint, batchesAtOnce))
  // The judge bounds its own calls; twice as many rows keep it busy, and few are left over when it is stopped.
  const judging = pLimit(2 * shareOf(callsAtOnce.judge, batchesAtOnce))

  async function answerTo(row: DatasetRow | AnsweredRow): Promise<AnsweredRow | null> {
    if ('traceId' in row) return row
    const saved = answers.get(row.id)
    if (saved !== undefined) return saved
    const answered = (await asking(() => endpoint?.ask(row))) ?? null
    if (answered !== null) answers.add(answered)
    return answered
  }

  return async (row) => {
    const answered = await answerTo(row)
    if (answered === null) return null
    return judging(async () => {
      if (stop.aborted) return null
      const scores = await scoreRow(answered, names, { k, judge })
      return { ...answered, scores, inputTokens: null, outputTokens: null, costNanoUsd: null }
    })
  }
}
