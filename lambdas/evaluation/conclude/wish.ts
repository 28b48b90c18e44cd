import * as z from 'zod'
import { reasonOf } from './failure-reason.ts'

/** The last step of the state machine; `failure` is what its Catch caught. */
const step = z.object({
  evaluationId: z.string().min(1),
  failure: z.object({ Error: z.string().default(''), Cause: z.string().default('') }).optional(),
})

/** EventBridge's "Step Functions Execution Status Change" of an execution that ended otherwise than by itself. */
const executionEnd = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({
    /** Executions bear the id of their evaluation. */
    name: z.string().min(1),
    status: z.enum(['FAILED', 'TIMED_OUT', 'ABORTED']),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
})

/** What `conclude` is invoked with. */
const concludeInput = z.union([step, executionEnd])

/** How an evaluation ends that nothing can be measured of any more. */
export interface EarlyEnd {
  readonly status: 'failed' | 'cancelled'
  readonly reason: string
}

/** Which evaluation is to be concluded, and how, unless its rows are to say it. */
export interface ConcludeWish {
  readonly evaluationId: string
  readonly end?: EarlyEnd
  /** Whether it came from EventBridge, which also tells of executions that are no evaluation. */
  readonly isEvent: boolean
}

/** @throws ZodError for anything that is neither a step's input nor the end of an execution */
export function readWish(event: unknown): ConcludeWish {
  const input = concludeInput.parse(event)
  if ('evaluationId' in input) {
    const { evaluationId, failure } = input
    if (failure === undefined) return { evaluationId, isEvent: false }
    const reason = reasonOf(failure.Error, failure.Cause)
    return { evaluationId, end: { status: 'failed', reason }, isEvent: false }
  }
  const { name, status, error, cause } = input.detail
  return { evaluationId: name, end: endOf(status, error ?? '', cause ?? ''), isEvent: true }
}

function endOf(status: 'FAILED' | 'TIMED_OUT' | 'ABORTED', error: string, cause: string): EarlyEnd {
  switch (status) {
    case 'ABORTED':
      return { status: 'cancelled', reason: 'Its execution was stopped.' }
    case 'TIMED_OUT':
      return { status: 'failed', reason: 'It took longer than an evaluation may take.' }
    default:
      return { status: 'failed', reason: reasonOf(error, cause) }
  }
}
