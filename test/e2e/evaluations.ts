import { setTimeout as pause } from 'node:timers/promises'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type * as z from 'zod'
import { evaluationResponse, rowsResponse } from '../../lambdas/evaluation/api/evaluation-schema.ts'
import { asAdministrator, callFrontDoor, output, stack } from './platform.ts'

export type Evaluation = z.infer<typeof evaluationResponse>
export type Rows = z.infer<typeof rowsResponse>

const s3 = new S3Client({ ...asAdministrator, forcePathStyle: true })

/** Writes rows as JSON lines to the artifact bucket; a text is a line as it stands. */
export async function uploadLines(key: string, rows: readonly unknown[]): Promise<void> {
  const lines = rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row)))
  await s3.send(
    new PutObjectCommand({
      Bucket: output('ArtifactBucket'),
      Key: key,
      Body: `${lines.join('\n')}\n`,
    }),
  )
}

/** Starts an evaluation; fails unless it was accepted. */
export async function startEvaluation(wish: Readonly<Record<string, unknown>>): Promise<string> {
  const { status, body } = await callFrontDoor('/ops/evaluations', wish)
  if (status !== 202 && status !== 200) {
    throw new Error(`POST /ops/evaluations answered ${status}: ${JSON.stringify(body)}`)
  }
  return String(body['id'])
}

/** An evaluation as it stands. */
export async function readEvaluation(id: string): Promise<Evaluation> {
  const { body } = await callFrontDoor(`/ops/evaluations/${id}`)
  return evaluationResponse.parse(body)
}

/** Waits until an evaluation has a status, and gives it; fails after a time in seconds. */
export async function waitFor(
  id: string,
  isReached: (evaluation: Evaluation) => boolean,
  withinSeconds = 120,
): Promise<Evaluation> {
  const deadline = Date.now() + withinSeconds * 1_000
  for (;;) {
    const evaluation = await readEvaluation(id)
    if (isReached(evaluation)) return evaluation
    if (Date.now() > deadline)
      throw new Error(`After ${withinSeconds} s: ${JSON.stringify(evaluation)}`)
    await pause(500)
  }
}

/** Waits for the end of an evaluation. */
export function ended(id: string, withinSeconds?: number): Promise<Evaluation> {
  return waitFor(id, ({ status }) => status !== 'queued' && status !== 'running', withinSeconds)
}

/** All rows of an evaluation, page by page. */
export async function rowsOf(id: string): Promise<Rows['rows']> {
  const rows: Rows['rows'] = []
  let offset: number | null = 0
  while (offset !== null) {
    const { body } = await callFrontDoor(`/ops/evaluations/${id}/rows?limit=100&offset=${offset}`)
    const page: Rows = rowsResponse.parse(body)
    rows.push(...page.rows)
    offset = page.nextOffset
  }
  return rows
}

/** Orders failures of the LLM stand-in. */
export async function orderFailures(next: readonly unknown[], target = 'judge'): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${stack.ports.llm}/_local/failures`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ next, for: target }),
  })
  if (!answer.ok) throw new Error(await answer.text())
}

/** Calls that the stand-in has answered, and would bill, since a moment. */
export async function billedSince(
  since: number,
): Promise<{ model: string; endpoint: string; inputTokens: number; outputTokens: number }[]> {
  const answer = await fetch(`http://127.0.0.1:${stack.ports.llm}/_local/calls?since=${since}`)
  const { calls } = (await answer.json()) as { calls: never[] }
  return calls
}
