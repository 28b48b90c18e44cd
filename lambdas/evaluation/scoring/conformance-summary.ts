import * as z from 'zod'

/** Figures of an event log as a whole: `conformance.json` of an evaluation. */
export const conformanceSummary = z.object({
  /** Cases that were checked. */
  cases: z.int(),
  /** Cases that could not be aligned within the limits. */
  unaligned: z.int(),
  /** Precision by escaping edges; `null` where the model allows nothing. */
  tokenPrecision: z.number().nullable(),
  alignmentPrecision: z.number().nullable(),
  /** Share of the cases without any deviation. */
  fittingCases: z.number().nullable(),
  /** From the bytes of both files to all figures. */
  milliseconds: z.number(),
  /** What the reader of the log noticed, the first ones. */
  warnings: z.array(z.string()),
})

export type ConformanceSummary = z.infer<typeof conformanceSummary>
