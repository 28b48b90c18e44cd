import { describe, expect, it } from 'vitest'
import { environments } from '../../config/environments.ts'
import { workloads } from '../../config/workloads.ts'
import { evaluationRouteDefinitions as definitions } from '../../lambdas/evaluation/api/route-definitions.ts'
import { runSchedule, type Schedule } from '../../lambdas/evaluation/start/run-schedule.ts'
import { idOf } from '../../lambdas/evaluation/start/start-evaluation.ts'
import { caller, fitting, useEvaluationApi } from './evaluation-api.ts'

const api = useEvaluationApi()

describe('POST /ops/evaluations', () => {
  it('keeps what was asked for, completed, and starts the execution under its id', async () => {
    const answer = await api.call('POST', '/ops/evaluations', { workload: 'graphrag' })
    expect(answer.status).toBe(202)
    fitting(definitions.start.responseSchema, answer)
    expect(answer.body).toMatchObject({
      id: 'ev-random0',
      workload: 'graphrag',
      standing: true,
      status: 'queued',
      requestedBy: caller,
      subject: { kind: 'application' },
      judge: 'lexical-v1',
      datasetDigest: null,
      links: {
        self: '/ops/evaluations/ev-random0',
        rows: '/ops/evaluations/ev-random0/rows',
        mlflowRun: null,
      },
      figures: [],
    })
    expect([...api.stateMachine.started]).toEqual([['ev-random0', { evaluationId: 'ev-random0' }]])
    const { rows } = await api.ops.query(
      `select execution_arn, subject_kind, subject_name, standing from evaluation`,
    )
    expect(rows).toEqual([
      {
        execution_arn: 'arn:aws:states:us-east-1:000000000000:execution:evaluation:ev-random0',
        subject_kind: 'application',
        subject_name: '',
        standing: true,
      },
    ])
  })

  it('with the same key and the same wish is the same evaluation, started once', async () => {
    const wish = { workload: 'fp-copilot', k: 3, idempotencyKey: 'nightly 7' }
    const first = await api.call('POST', '/ops/evaluations', wish)
    const again = await api.call('POST', '/ops/evaluations', wish)
    expect([first.status, again.status]).toEqual([202, 200])
    expect(again.body.id).toBe(first.body.id)
    expect(first.body.id).toBe(idOf('nightly 7'))
    expect(first.body.id).toMatch(/^ev-[0-9a-z]{20}$/)
    expect(api.stateMachine.calls).toBe(1)
  })

  it('at the same moment with the same key is one evaluation', async () => {
    const wish = { workload: 'fp-copilot', idempotencyKey: 'twins' }
    const answers = await Promise.all(
      Array.from({ length: 5 }, async () => api.call('POST', '/ops/evaluations', wish)),
    )
    expect(answers.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([
      200, 200, 200, 200, 202,
    ])
    expect(api.stateMachine.started.size).toBe(1)
    const { rowCount } = await api.ops.query('select 1 from evaluation')
    expect(rowCount).toBe(1)
  })

  it('with the same key and another wish is refused', async () => {
    await api.start({ idempotencyKey: 'once' })
    const answer = await api.call('POST', '/ops/evaluations', {
      workload: 'fp-copilot',
      k: 4,
      idempotencyKey: 'once',
    })
    expect(answer.status).toBe(409)
    expect(answer.body.detail).toContain(idOf('once'))
  })

  it('is found again by its key even when the configuration of today would refuse it', async () => {
    const id = await api.start({ idempotencyKey: 'before' })
    // It names no endpoint.
    api.config = environments.dev
    expect(await api.start({ idempotencyKey: 'before' })).toBe(id)
    const { status } = await api.call('POST', '/ops/evaluations', { workload: 'fp-copilot' })
    expect(status).toBe(400)
  })

  it('without a key is another evaluation each time', async () => {
    expect(await api.start()).not.toBe(await api.start())
    expect(api.stateMachine.started.size).toBe(2)
  })

  it('that was interrupted before its execution began is started by the same request', async () => {
    api.stateMachine.isAway = true
    const wish = { workload: 'fp-copilot', idempotencyKey: 'interrupted' }
    const first = await api.call('POST', '/ops/evaluations', wish)
    expect(first.status).toBe(503)
    expect(first.body.detail).toContain('interrupted')
    api.stateMachine.isAway = false
    const again = await api.call('POST', '/ops/evaluations', wish)
    expect(again.status).toBe(200)
    expect([...api.stateMachine.started.keys()]).toEqual([again.body.id])
  })

  it('that was interrupted and had no key goes on with the key that the refusal names', async () => {
    api.stateMachine.isAway = true
    const { body } = await api.call('POST', '/ops/evaluations', { workload: 'fp-copilot' })
    api.stateMachine.isAway = false
    expect(body.detail).toContain('ev-random0')
    expect(await api.start({ idempotencyKey: 'ev-random0' })).toBe('ev-random0')
  })

  it('is refused while too many are under way, unless it was started before', async () => {
    for (let n = 0; n < 20; n++) await api.start({ idempotencyKey: `n${n}` })
    const answer = await api.call('POST', '/ops/evaluations', { workload: 'fp-copilot' })
    expect(answer.status).toBe(429)
    expect(await api.start({ idempotencyKey: 'n3' })).toBe(idOf('n3'))
    await api.ops.query(`update evaluation set requested_at = now() - interval '2 days'`)
    await api.start()
  })

  it.each([
    ['an unknown workload', { workload: 'nothing' }],
    ['an unknown metric', { workload: 'graphrag', metrics: ['beauty'] }],
    [
      'the key of a schedule',
      { workload: 'graphrag', idempotencyKey: 'schedule:graphrag:2026-01-01' },
    ],
    ['an unknown field', { workload: 'graphrag', standing: true }],
    ['a key of the prototype', '{"workload": "graphrag", "parameters": {"__proto__": "x"}}'],
    ['NUL in a parameter', { workload: 'graphrag', parameters: { a: '\u0000' } }],
    [
      'half of a surrogate pair',
      { workload: 'graphrag', subject: { kind: 'model-version', name: '\ud800', version: '1' } },
    ],
    ['a huge number', '{"workload": "graphrag", "k": 1e400}'],
    ['no object', []],
    ['null', 'null'],
  ])('refuses %s', async (_what, body) => {
    const answer = await api.call('POST', '/ops/evaluations', body)
    expect([answer.status, answer.type]).toEqual([400, 'application/problem+json'])
    expect(api.stateMachine.calls).toBe(0)
  })
})

describe('the schedule', () => {
  const schedule = (): Schedule => ({
    config: environments.local,
    workloads,
    connect: () => api.database,
    stateMachine: api.stateMachine,
    lastSuccess: async () => undefined,
    publish: async () => undefined,
    newId: () => 'ev-unused',
    // 02:00 on the 21st in Seoul.
    now: () => new Date('2026-01-20T17:00:00Z'),
  })

  it('that fires twice is one evaluation, by the day of the environment', async () => {
    const payload = { action: 'start', workload: 'graphrag' } as const
    const first = await runSchedule(payload, schedule())
    const again = await runSchedule(payload, schedule())
    const evaluationId = idOf('schedule:graphrag:2026-01-21')
    expect([first, again]).toMatchObject([
      { result: 'started', evaluationId },
      { result: 'started before', evaluationId },
    ])
    expect(api.stateMachine.started.size).toBe(1)
    const { body } = await api.call('GET', `/ops/evaluations/${evaluationId}`)
    expect(body).toMatchObject({ standing: true, requestedBy: 'schedule' })
  })

  it('counts for the day that it was due, however late it comes', async () => {
    const result = await runSchedule(
      { action: 'start', workload: 'graphrag', scheduledAt: '2026-01-19T17:00:00Z' },
      schedule(),
    )
    expect(result).toMatchObject({ evaluationId: idOf('schedule:graphrag:2026-01-20') })
  })

  it('starts what a crash left behind', async () => {
    api.stateMachine.isAway = true
    await api.call('POST', '/ops/evaluations', { workload: 'fp-copilot' })
    api.stateMachine.isAway = false
    await api.ops.query(`update evaluation set requested_at = now() - interval '1 hour'`)
    const result = await runSchedule({ action: 'start', workload: 'graphrag' }, schedule())
    expect(result).toMatchObject({ forgotten: ['ev-random0'] })
    expect(api.stateMachine.started.has('ev-random0')).toBe(true)
    expect(await runSchedule({ action: 'start', workload: 'graphrag' }, schedule())).toMatchObject({
      forgotten: [],
    })
  })

  it('fails loudly for a workload that cannot be evaluated', async () => {
    await expect(runSchedule({ action: 'start', workload: 'nothing' }, schedule())).rejects.toThrow(
      'there is no workload nothing',
    )
  })
})

describe('POST /ops/evaluations/{id}/cancel', () => {
  it('cancels once, stops the execution each time, and says who did it', async () => {
    const id = await api.start()
    const answer = await api.call('POST', `/ops/evaluations/${id}/cancel`)
    fitting(definitions.cancel.responseSchema, answer)
    expect(answer).toMatchObject({
      status: 200,
      body: { status: 'cancelled', reason: `Cancelled by ${caller}.` },
    })
    const again = await api.call('POST', `/ops/evaluations/${id}/cancel`)
    expect(again.body).toEqual(answer.body)
    expect(api.stateMachine.stopped).toEqual([id, id])
  })

  it('of one that has ended is refused', async () => {
    const id = await api.start()
    await api.conclude(id, [])
    const { status, body } = await api.call('POST', `/ops/evaluations/${id}/cancel`)
    expect(status).toBe(409)
    expect(body.detail).toContain('completed')
    expect(api.stateMachine.stopped).toEqual([])
    expect((await api.call('POST', '/ops/evaluations/ev-nothing/cancel')).status).toBe(404)
  })

  it('keeps one whose start was interrupted from being started', async () => {
    api.stateMachine.isAway = true
    await api.call('POST', '/ops/evaluations', { workload: 'fp-copilot', idempotencyKey: 'x' })
    api.stateMachine.isAway = false
    await api.call('POST', `/ops/evaluations/${idOf('x')}/cancel`)
    const answer = await api.call('POST', '/ops/evaluations', {
      workload: 'fp-copilot',
      idempotencyKey: 'x',
    })
    expect(answer).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    expect(api.stateMachine.started.size).toBe(0)
  })
})
