import * as z from 'zod'
import type { Part } from './metrics/metric.ts'

/** A text that was retrieved for an answer, best first. */
const context = z.object({ id: z.string().min(1), text: z.string() })

/** Labels of a row; each is used by the metrics that `docs/metrics.md` names. */
const expectations = z.looseObject({
  /** Ids of what should be retrieved, or their grades. */
  relevant: z.union([z.array(z.string()), z.record(z.string(), z.number())]).optional(),
  /** A right answer. */
  answer: z.string().optional(),
  /** Ids of the clauses that a right answer needs, for `graph_coverage`. */
  clauses: z.array(z.string()).optional(),
  /** Nodes of the graph at which retrieval for this row starts. */
  entries: z.array(z.string()).optional(),
  /** Products and prices on a flyer. */
  items: z
    .array(
      z.object({
        product: z.string(),
        price: z.union([z.string(), z.number(), z.null()]).optional(),
      }),
    )
    .optional(),
  /** Whether it is what the classifier looks for. */
  actual: z.boolean().optional(),
  /** Whether the answer is right, for calibration; otherwise derived from `answer` or `actual`. */
  correct: z.boolean().optional(),
})

/** A row of a dataset, as it stands in a line or a record. */
export const datasetRow = z.object({
  id: z.string().min(1).max(200),
  inputs: z.record(z.string(), z.json()),
  outputs: z.json().optional(),
  contexts: z.array(context).optional(),
  expectations: expectations.optional(),
})

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

export type DatasetRow = z.infer<typeof datasetRow>
export type AnsweredRow = z.infer<typeof answeredRow>
export type ScoredRow = z.infer<typeof scoredRow>
