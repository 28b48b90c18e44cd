import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import {
  type Endpoint,
  type EndpointSetting,
  openEndpoint,
} from '../../../lambdas/evaluation/batch/call-endpoint.ts'
import type { DatasetRow } from '../../../lambdas/evaluation/row.ts'
import {
  answer,
  type Answering,
  type Application,
  refuse,
  startApplication,
} from './application.ts'

const question = (id: string): DatasetRow => ({
  id,
  inputs: { question: `What of ${id}?` },
  outputs: 'from the dataset',
  contexts: [{ id: 'dataset', text: 'from the dataset' }],
  expectations: { answer: 'a label' },
})
const right = { outputs: 'Yes.', contexts: [{ id: 'c1', text: 'Yes.' }], traceId: 'tr-1' }

interface Called {
  readonly application: Application
  readonly endpoint: Endpoint
  /** Milliseconds that were waited, in their order. */
  readonly waits: number[]
  readonly stop: AbortController
  /** Lets time pass. */
  readonly pass: (milliseconds: number) => void
}

/** An endpoint in a time of its own, in which waiting takes no time. */
async function call(answering: Answering, setting: Partial<EndpointSetting> = {}): Promise<Called> {
  const application = await startApplication(answering)
  const waits: number[] = []
  const stop = new AbortController()
  let now = 0
  const pass = (milliseconds: number): void => {
    now += milliseconds
  }
  const endpoint = openEndpoint({
    url: application.url,
    token: undefined,
    subject: { kind: 'application' },
    timeLimit: 5_000,
    fetch,
    clock: () => now,
    evaluationId: 'ev-1',
    sleep: (milliseconds) => {
      waits.push(milliseconds)
      pass(milliseconds)
      return Promise.resolve()
    },
    random: () => 0.5,
    stop: stop.signal,
    ...setting,
  })
  return { application, endpoint, waits, stop, pass }
}

describe('a row that is asked', () => {
  it('is sent with inputs, subject and evaluation, and without what is known of it', async () => {
    const subject = { kind: 'prompt-version', name: 'qa', version: '4' } as const
    const { application, endpoint } = await call(
      (response) => answer(response, { ...right, subject }),
      { subject, token: 'secret' },
    )
    await endpoint.ask(question('q1'))
    expect(application.asked).toHaveLength(1)
    expect(application.asked[0]?.body).toEqual({
      inputs: { question: 'What of q1?' },
      subject,
      evaluation: { id: 'ev-1', row: 'q1' },
    })
    expect(application.asked[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer secret',
    })
  })

  it('holds what was answered and the labels, nothing else of the dataset', async () => {
    const { endpoint } = await call((response) => answer(response, { outputs: { answer: 'No.' } }))
    expect(await endpoint.ask(question('q1'))).toEqual({
      id: 'q1',
      inputs: { question: 'What of q1?' },
      expectations: { answer: 'a label' },
      outputs: { answer: 'No.' },
      contexts: undefined,
      traceId: null,
      milliseconds: 0,
      failure: null,
    })
  })

  it('may be answered with null for what is absent, as Python writes it', async () => {
    const { endpoint } = await call((response) =>
      answer(response, { outputs: 'Yes.', contexts: null, subject: null, traceId: null }),
    )
    expect(await endpoint.ask(question('q1'))).toMatchObject({ failure: null, traceId: null })
  })

  it('that failed holds nothing of the dataset but inputs and labels', async () => {
    const { endpoint } = await call((response) => refuse(response, 404))
    expect(await endpoint.ask(question('q1'))).toEqual({
      id: 'q1',
      inputs: { question: 'What of q1?' },
      expectations: { answer: 'a label' },
      traceId: null,
      milliseconds: null,
      failure: 'The application answered 404: "no".',
    })
  })
})

describe('a version that is evaluated', () => {
  const subject = { kind: 'prompt-version', name: 'qa', version: '4' } as const

  it.each([
    ['with the version asked for', subject, null],
    ['with its number as a number', { ...subject, version: 4 }, null],
    [
      'with another version',
      { ...subject, version: '3' },
      'The application says that it answered with prompt-version qa version 3, not with prompt qa version 4.',
    ],
    [
      'with another prompt',
      { ...subject, name: 'other' },
      'The application says that it answered with prompt-version other version 4, not with prompt qa version 4.',
    ],
    [
      'with itself',
      { kind: 'application' },
      'The application says that it answered with application, not with prompt qa version 4.',
    ],
    [
      'with nothing',
      undefined,
      'The application does not say that it answered with prompt qa version 4.',
    ],
    ['with nonsense', 4, 'The application does not say that it answered with prompt qa version 4.'],
  ])('%s', async (_name, echo, failure) => {
    const { application, endpoint } = await call(
      (response) => answer(response, { ...right, subject: echo }),
      { subject },
    )
    expect(await endpoint.ask(question('q1'))).toMatchObject({ failure })
    expect(application.asked).toHaveLength(1)
  })
})

describe('an application that has too much to do', () => {
  it('is asked again after the seconds that it names', async () => {
    const { application, endpoint, waits } = await call((response, { body }, times) =>
      times === 1 && body.evaluation.row === 'q1'
        ? refuse(response, 429, { 'retry-after': '7' })
        : answer(response, right),
    )
    expect(await endpoint.ask(question('q1'))).toMatchObject({ failure: null, outputs: 'Yes.' })
    expect(waits).toEqual([7_000])
    expect(application.asked).toHaveLength(2)
  })

  it('is left alone by the other rows too', async () => {
    let now = 0
    const sleeping: (() => void)[] = []
    const { endpoint, application } = await call(
      (response, { body }, times) =>
        times === 1 && body.evaluation.row === 'q1'
          ? refuse(response, 429, { 'retry-after': '7' })
          : answer(response, right),
      {
        clock: () => now,
        sleep: () => new Promise<void>((resolve) => sleeping.push(resolve)),
      },
    )
    const first = endpoint.ask(question('q1'))
    while (sleeping.length < 1) await wait(1)
    const second = endpoint.ask(question('q2'))
    await wait(20)
    expect(application.asked).toHaveLength(1)
    now = 7_000
    for (const wake of sleeping) wake()
    expect(await Promise.all([first, second])).toMatchObject([{ failure: null }, { failure: null }])
  })

  it('may name a date, which is read against its own clock', async () => {
    const { endpoint, waits } = await call((response, _asked, times) =>
      times === 1
        ? refuse(response, 503, {
            date: 'Tue, 24 Nov 2026 10:00:00 GMT',
            'retry-after': 'Tue, 24 Nov 2026 10:00:30 GMT',
          })
        : answer(response, right),
    )
    expect(await endpoint.ask(question('q1'))).toMatchObject({ failure: null })
    expect(waits).toEqual([30_000])
  })

  it('fails the row when it asks to wait for longer than a minute', async () => {
    const { application, endpoint, waits } = await call((response) =>
      refuse(response, 429, { 'retry-after': '3600' }),
    )
    expect(await endpoint.ask(question('q1'))).toMatchObject({
      failure: 'The application answered 429: "no". It asks to wait 3600 s.',
    })
    expect(waits).toEqual([])
    expect(application.asked).toHaveLength(1)
  })

  it('fails the row in the end', async () => {
    const { endpoint, waits } = await call((response) => refuse(response, 429))
    expect(await endpoint.ask(question('q1'))).toMatchObject({
      failure: 'The application answered 429: "no".',
    })
    const waited = waits.reduce((sum, each) => sum + each, 0)
    expect(waited).toBeGreaterThan(60_000)
    expect(waited).toBeLessThanOrEqual(120_000)
  })
})

describe('an application that is broken', () => {
  it('is asked four times, with growing pauses', async () => {
    const { application, endpoint, waits } = await call((response) => refuse(response, 500))
    expect(await endpoint.ask(question('q1'))).toMatchObject({
      failure: 'The application answered 500: "no".',
      milliseconds: null,
    })
    expect(application.asked).toHaveLength(4)
    expect(waits).toEqual([500, 1_000, 2_000])
  })

  it('is measured by the attempt that succeeded', async () => {
    const started: { pass?: (milliseconds: number) => void } = {}
    const called = await call((response, _asked, times) => {
      started.pass?.(times === 1 ? 900 : 40)
      return times === 1 ? refuse(response, 502) : answer(response, right)
    })
    started.pass = called.pass
    expect(await called.endpoint.ask(question('q1'))).toMatchObject({ milliseconds: 40 })
  })

  it.each([400, 401, 404, 422])('is not asked again when it answers %d', async (status) => {
    const { application, endpoint } = await call((response) => refuse(response, status))
    expect(await endpoint.ask(question('q1'))).toMatchObject({
      failure: `The application answered ${status}: "no".`,
    })
    expect(application.asked).toHaveLength(1)
  })

  it('fails the row when it hangs, after the time limit of each attempt', async () => {
    const { application, endpoint } = await call(() => undefined, { timeLimit: 50 })
    expect(await endpoint.ask(question('q1'))).toMatchObject({
      failure: 'The application did not answer within 0.05 s.',
    })
    expect(application.asked).toHaveLength(4)
  })

  it('fails the row when its answer drips', async () => {
    const { endpoint } = await call(
      async (response) => {
        response.setHeader('content-type', 'application/json')
        while (!response.destroyed) {
          response.write(' ')
          await wait(10)
        }
      },
      { timeLimit: 100 },
    )
    expect(await endpoint.ask(question('q1'))).toMatchObject({
      failure: 'The application did not answer within 0.1 s.',
    })
  })

  it('is asked again when it breaks off in the middle', async () => {
    const { application, endpoint } = await call((response, _asked, times) => {
      if (times > 1) return answer(response, right)
      response.setHeader('content-type', 'application/json')
      response.write('{"outputs": ')
      return setTimeout(() => response.destroy(), 20)
    })
    expect(await endpoint.ask(question('q1'))).toMatchObject({ failure: null })
    expect(application.asked).toHaveLength(2)
  })

  it('fails the row when nobody listens', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    const { endpoint } = await call(() => undefined, { url: `http://127.0.0.1:${port}/answer` })
    expect((await endpoint.ask(question('q1')))?.failure).toMatch(
      /^The application could not be reached: .*ECONNREFUSED/,
    )
  })
})

describe('an answer that is none', () => {
  const json = { 'content-type': 'application/json' }

  it.each([
    ['garbage', json, '{"outputs"', 'is no JSON in UTF-8: "{"outputs""'],
    ['an empty body', json, '', 'is no JSON in UTF-8: it is empty'],
    ['bytes', json, Buffer.from([0x22, 0xff, 0x22]), 'is no JSON in UTF-8'],
    [
      'HTML',
      { 'content-type': 'text/html' },
      '<html>Log in</html>',
      'content type "text/html", not with JSON: "<html>Log in</html>"',
    ],
    ['JSON that does not say so', {}, '{"outputs": "x"}', 'content type "", not with JSON'],
    ['a list', json, '[]', 'does not fit: the answer:'],
    ['no outputs', json, '{}', 'does not fit: outputs:'],
    ['null', json, '{"outputs": null}', 'does not fit: outputs: is missing'],
    [
      'odd contexts',
      json,
      '{"outputs": "x", "contexts": [{"id": 1}]}',
      'does not fit: contexts.0.id:',
    ],
    ['an odd trace', json, '{"outputs": "x", "traceId": 7}', 'does not fit: traceId:'],
  ])('such as %s fails the row at once', async (_name, headers, body, failure) => {
    const { application, endpoint } = await call((response) =>
      response.writeHead(200, headers).end(body),
    )
    expect((await endpoint.ask(question('q1')))?.failure).toContain(failure)
    expect(application.asked).toHaveLength(1)
  })

  it('such as one of more than 1 MB fails the row, and is not read to its end', async () => {
    let written = 0
    const { application, endpoint } = await call(async (response) => {
      response.writeHead(200, json)
      while (!response.destroyed && written < 100_000_000) {
        written += 100_000
        if (!response.write('x'.repeat(100_000))) await wait(1)
      }
    })
    expect(await endpoint.ask(question('q1'))).toMatchObject({
      failure: "The application's answer is larger than 1 MB.",
    })
    expect(application.asked).toHaveLength(1)
    expect(written).toBeLessThan(20_000_000)
  })

  it('is too large from the first byte beyond 1 MB', async () => {
    const ofSize = (bytes: number): object => ({
      outputs: 'x'.repeat(bytes - '{"outputs":""}'.length),
    })
    const { endpoint } = await call((response, { body }) =>
      answer(response, ofSize(body.evaluation.row === 'q1' ? 1_000_000 : 1_000_001)),
    )
    expect(await endpoint.ask(question('q1'))).toMatchObject({ failure: null })
    expect(await endpoint.ask(question('q2'))).toMatchObject({
      failure: "The application's answer is larger than 1 MB.",
    })
  })
})

describe('a redirect', () => {
  it('to another server is not followed, so that nobody else gets the token', async () => {
    const other = await startApplication((response) => answer(response, right))
    const { endpoint } = await call((response) => refuse(response, 307, { location: other.url }), {
      token: 'secret',
    })
    expect(await endpoint.ask(question('q1'))).toMatchObject({
      failure: `The application answered 307 and redirects to "${other.url}", which is not followed.`,
    })
    expect(other.asked).toHaveLength(0)
  })

  it('within the same server is followed, as frameworks send it for a slash', async () => {
    const { application, endpoint } = await call((response, { path }) =>
      path === '/answer'
        ? refuse(response, 307, { location: '/answer/' })
        : answer(response, right),
    )
    expect(await endpoint.ask(question('q1'))).toMatchObject({ failure: null })
    expect(application.asked.map(({ path }) => path)).toEqual(['/answer', '/answer/'])
  })

  it('that would turn the request into another one is not followed', async () => {
    const { application, endpoint } = await call((response) =>
      refuse(response, 302, { location: '/login' }),
    )
    expect((await endpoint.ask(question('q1')))?.failure).toContain('answered 302 and redirects')
    expect(application.asked).toHaveLength(1)
  })

  it('in a circle is not followed for ever', async () => {
    const { application, endpoint } = await call((response) =>
      refuse(response, 308, { location: '/answer' }),
    )
    expect((await endpoint.ask(question('q1')))?.failure).toContain('answered 308 and redirects')
    expect(application.asked).toHaveLength(4)
  })
})

describe('an application that is down', () => {
  it('is asked less and less, and each row says why', async () => {
    const { application, endpoint } = await call((response) => refuse(response, 503))
    const failures: string[] = []
    for (let row = 1; row <= 12; row++) {
      failures.push((await endpoint.ask(question(`q${row}`)))?.failure ?? '')
    }
    expect(application.asked).toHaveLength(5 * 4 + 5)
    expect(failures.slice(0, 10)).toEqual(
      Array<string>(10).fill('The application answered 503: "no".'),
    )
    expect(failures.slice(10)).toEqual(
      Array<string>(2).fill(
        'Not asked, as 10 rows before it had no answer; the last one: The application answered 503: "no".',
      ),
    )
  })

  it('is trusted again after one answer', async () => {
    const { application, endpoint } = await call((response, { body }) =>
      body.evaluation.row === 'q8' ? answer(response, right) : refuse(response, 503),
    )
    for (let row = 1; row <= 9; row++) await endpoint.ask(question(`q${row}`))
    const timesAsked = application.asked.filter(({ body }) => body.evaluation.row === 'q9')
    expect(timesAsked).toHaveLength(4)
  })
})

describe('an endpoint that is stopped', () => {
  it('sends nothing any more', async () => {
    const { application, endpoint, stop } = await call((response) => answer(response, right))
    stop.abort()
    expect(await endpoint.ask(question('q1'))).toBeNull()
    expect(application.asked).toHaveLength(0)
  })

  it('still takes the answer that is under way, and does not ask again for one that failed', async () => {
    const { application, endpoint, stop } = await call(async (response, { body }) => {
      await wait(50)
      return body.evaluation.row === 'q1' ? answer(response, right) : refuse(response, 503)
    })
    const asking = [endpoint.ask(question('q1')), endpoint.ask(question('q2'))]
    while (application.asked.length < 2) await wait(1)
    stop.abort()
    const [first, second] = await Promise.all(asking)
    expect(first).toMatchObject({ failure: null })
    expect(second).toBeNull()
    expect(application.asked).toHaveLength(2)
  })
})
