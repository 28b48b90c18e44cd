import * as z from 'zod'

/** What the schedule can ask for; its payloads are of this type. */
export const schedulePayload = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('start'),
    workload: z.string().min(1),
    /** The moment that the schedule fired for. What is no moment counts as now. */
    scheduledAt: z.string().optional(),
  }),
  z.strictObject({ action: z.literal('watch') }),
])

/** What the schedule can ask for. */
export type SchedulePayload = z.infer<typeof schedulePayload>
