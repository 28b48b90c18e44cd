import * as z from 'zod'
import { isDay } from '../domain/period.ts'

const day = z.string().refine(isDay, 'must be a day of the calendar, YYYY-MM-DD')

/** What the cost job can be asked to do; the schedule's payload is of this type. */
export const jobPayload = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('settle'),
    /** Settle again from this day on, to take up calls that arrived late. */
    from: day.optional(),
  }),
  z.strictObject({
    action: z.literal('reprice'),
    /** Idempotency key. */
    id: z.string().min(1).max(100),
    from: day,
    to: day,
    reason: z.string().min(1).max(500),
  }),
])

/** What the cost job can be asked to do. */
export type JobPayload = z.infer<typeof jobPayload>
