import * as z from 'zod'
import { datasetRow } from '../domain/dataset-row.ts'
import type { Part } from './metrics/metric.ts'

export { type DatasetRow, datasetRow } from '../domain/dataset-row.ts'

/** A row with the outputs that are to be judged, wherever they came from. */
export const answeredRow = datasetRow.extend({
  /** What the application answered: a text, or `{ answer?, retrieved?, confidence?, items?, predicted?, straightThrough? }`. */
  outputs: z.json().optional(),
  /** The trace of the answer, where there is one. */
  traceId: z.string().nullable(),
  /** How long the answer took. */
  milliseconds: z.number().nullable(),
  /** Why there is nothing to judge; every score of the row is then `null`. */
  failure: z.string().nullable(),
})

const score = z.object({
  name: z.string(),
  version: z.string(),
  score: z.number().nullable(),
  rationale: z.string(),
  parts: z.record(z.string(), z.json() as z.ZodType<Part>),
})

/** A row as it was judged: one line of `rows/<batch>.jsonl`. */
export const scoredRow = answeredRow.extend({
  /** Scores of the metrics that are measured row by row. */
  scores: z.array(score),
  /** Tokens and cost of the application's calls for this row; `null` until known, or without a trace. */
  inputTokens: z.int().nullable(),
  outputTokens: z.int().nullable(),
  costNanoUsd: z.int().nullable(),
})

export type AnsweredRow = z.infer<typeof answeredRow>
export type ScoredRow = z.infer<typeof scoredRow>
