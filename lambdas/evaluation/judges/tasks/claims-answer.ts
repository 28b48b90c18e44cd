import * as z from 'zod'

const claim = z.strictObject({
  claim: z.string(),
  reason: z.string(),
  evidence: z.array(z.strictObject({ context: z.number().int(), quote: z.string() })),
  verdict: z.enum(['supported', 'contradicted', 'not_mentioned']),
})

const sentence = z.strictObject({
  number: z.number().int(),
  claims: z.array(claim),
  citations: z.array(
    z.strictObject({
      context: z.number().int(),
      quote: z.string().nullable(),
      supports: z.boolean(),
    }),
  ),
})

/** What a judge answers: for every sentence its claims, or none. */
export const claimsAnswer = z.strictObject({ sentences: z.array(sentence) })

export type ClaimsAnswer = z.infer<typeof claimsAnswer>
export type SentenceAnswer = z.infer<typeof sentence>
export type ClaimAnswer = z.infer<typeof claim>
