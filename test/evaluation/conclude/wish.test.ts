import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { reasonOf, trimReason } from '../../../lambdas/evaluation/conclude/failure-reason.ts'
import { readWish } from '../../../lambdas/evaluation/conclude/wish.ts'

const thrown = (errorMessage: string, errorType = 'Error') =>
  JSON.stringify({
    errorMessage,
    errorType,
    trace: ['Error: x', '    at run (/var/task/index.mjs:1:1)'],
  })

describe('the reason of a failure', () => {
  it.each([
    [
      'the message that the function threw',
      'Error',
      thrown('The dataset has no rows.'),
      'The dataset has no rows.',
    ],
    [
      'without the stack that follows it',
      'Error',
      thrown('It broke.\n    at run (/var/task/index.mjs:1:1)\n    at x'),
      'It broke.',
    ],
    ['in one line', 'Error', thrown('Line one.\n  Line two.'), 'Line one. Line two.'],
    [
      'that of MLflow, which a user can act on',
      'MlflowError',
      thrown('MLflow answered POST /x with 404: no experiment', 'MlflowError'),
      'MLflow answered POST /x with 404: no experiment',
    ],
    [
      'the text of a Fail state',
      'NoRows',
      'There was nothing to evaluate.',
      'There was nothing to evaluate.',
    ],
    [
      'a step that Step Functions timed out',
      'States.Timeout',
      '',
      'A step took longer than it may take.',
    ],
    [
      'a function that Lambda timed out',
      'Sandbox.Timedout',
      thrown(
        'RequestId: 5e1f0b3c-0000-4000-8000-000000000000 Error: Task timed out after 900.00 seconds',
        'Sandbox.Timedout',
      ),
      'A step took longer than it may take.',
    ],
    [
      'a mistake of ours, which is not for users',
      'TypeError',
      thrown("Cannot read properties of undefined (reading 'x')", 'TypeError'),
      'A step failed inside the platform (TypeError); the cause is in the log of its function.',
    ],
    [
      'a refusal by AWS',
      'AccessDeniedException',
      thrown('User: arn:aws:sts::1:assumed-role/x is not authorized', 'AccessDeniedException'),
      'A step failed inside the platform (AccessDeniedException); the cause is in the log of its function.',
    ],
    [
      'a function that ran out of memory',
      'Runtime.ExitError',
      thrown('RequestId: 1 Error: Runtime exited', 'Runtime.ExitError'),
      'A step failed inside the platform (Runtime.ExitError); the cause is in the log of its function.',
    ],
    [
      'the message of a cause that was cut off',
      'Error',
      thrown('Say "when".').slice(0, 70),
      'Say "when".',
    ],
    [
      'nothing of a cause that was cut off too early',
      'Error',
      thrown('x'.repeat(200)).slice(0, 100),
      'A step failed inside the platform (Error); the cause is in the log of its function.',
    ],
    [
      'nothing at all',
      '',
      '',
      'A step failed inside the platform; the cause is in the log of its function.',
    ],
  ])('is %s', (_, error, cause, reason) => {
    expect(reasonOf(error, cause)).toBe(reason)
  })

  it('is never long, never broken, and never of more than one line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        const reason = trimReason(text)
        expect(reason.length).toBeLessThanOrEqual(500)
        expect(reason).not.toMatch(/[\n\r\0]/u)
        expect(reason.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('what conclude is asked for', () => {
  it('is an evaluation whose rows say how it ended', () => {
    expect(readWish({ evaluationId: 'ev-1' })).toEqual({ evaluationId: 'ev-1', isEvent: false })
  })

  it('is the failure that the state machine caught', () => {
    const failure = { Error: 'Error', Cause: thrown('No rows.') }
    expect(readWish({ evaluationId: 'ev-1', failure, items: [] })).toEqual({
      evaluationId: 'ev-1',
      end: { status: 'failed', reason: 'No rows.' },
      isEvent: false,
    })
  })

  it('is the end of an execution, which bears the evaluation’s id', () => {
    const event = (status: string) => ({
      'detail-type': 'Step Functions Execution Status Change',
      detail: { name: 'ev-1', status, input: '{"evaluationId":"ev-1"}', cause: null, error: null },
    })
    expect(readWish(event('ABORTED')).end?.status).toBe('cancelled')
    expect(readWish(event('TIMED_OUT')).end?.status).toBe('failed')
    expect(readWish(event('FAILED'))).toMatchObject({ evaluationId: 'ev-1', isEvent: true })
    expect(() => readWish(event('SUCCEEDED'))).toThrow()
  })

  it('is nothing else', () => {
    expect(() => readWish({})).toThrow()
    expect(() => readWish({ evaluationId: '' })).toThrow()
  })
})
