import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DatabaseNotReady } from '../../../lambdas/platform/data-api.ts'
import { passToMlflow } from '../../../lambdas/platform/mlflow.ts'
import { guardedRoutes } from '../../../lambdas/promotion/mlflow/guarded-routes.ts'
import { MoveRefused } from '../../../lambdas/promotion/ports.ts'
import { serveCall } from '../../../lambdas/promotion/mlflow/serve-call.ts'
import { type Gate, openGate } from './gate.ts'
import { type MlflowServer, type Reply, startMlflowServer } from './mlflow-server.ts'

let mlflow: MlflowServer
let gate: Gate
const failures: string[] = []

beforeEach(async () => {
  mlflow = await startMlflowServer()
  gate = openGate()
  failures.length = 0
})
afterEach(() => mlflow.close())

const prompt = '보험 답변/v2'
const alias = '/api/2.0/mlflow/registered-models/alias'
const transition = '/api/2.0/mlflow/model-versions/transition-stage'

async function call(
  routeKey: string,
  body?: unknown,
  more: Record<string, unknown> = {},
): Promise<{ status: number; type: string | undefined; bytes: Buffer; json: () => any }> {
  const pass = passToMlflow(
    {
      url: mlflow.url,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' },
    },
    2_000,
  )
  const answer = await serveCall(
    {
      version: '2.0',
      routeKey,
      rawPath: '/somewhere/else',
      rawQueryString: '',
      headers: { 'content-type': 'application/json' },
      requestContext: {
        authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:user/tester' } },
      },
      isBase64Encoded: Buffer.isBuffer(body),
      ...(body !== undefined && {
        body: Buffer.isBuffer(body)
          ? body.toString('base64')
          : typeof body === 'string'
            ? body
            : JSON.stringify(body),
      }),
      ...more,
    } as never,
    { ports: gate.ports, pass, fail: (message) => failures.push(message) },
  )
  const bytes = Buffer.from(answer.body ?? '', answer.isBase64Encoded ? 'base64' : 'utf8')
  return {
    status: answer.statusCode ?? 0,
    type: answer.headers?.['content-type'] as string | undefined,
    bytes,
    json: () => JSON.parse(bytes.toString('utf8')),
  }
}

describe('what is not protected passes through', () => {
  it('on every route, with method, path, body bytes and content type as they came', async () => {
    for (const route of guardedRoutes) {
      mlflow.received.length = 0
      const body =
        '{ "name" : "other", "alias":"production","version":"1",\n"stage":"Production","new_name":"x"}'
      const answer = await call(route, body, {
        headers: { 'content-type': 'application/json; charset=utf-8', 'x-else': 'no' },
      })
      expect(answer).toMatchObject({ status: 200, type: 'application/json' })
      const [sent] = mlflow.received
      expect(`${sent?.method} ${sent?.url}`).toBe(route.replace(' ', ' /_mlflow'))
      expect(sent?.body.toString()).toBe(body)
      expect(sent?.headers['content-type']).toBe('application/json; charset=utf-8')
      expect(sent?.headers['x-else']).toBeUndefined()
      expect(sent?.headers.authorization).toContain('AWS4-HMAC-SHA256')
    }
  })

  it.each<[string, Reply & { readonly body: Buffer | string }]>([
    [
      'an error',
      {
        status: 404,
        body: '{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "가"}',
        contentType: 'application/json',
      },
    ],
    [
      'an error that clients retry',
      {
        status: 503,
        body: '{"error_code": "TEMPORARILY_UNAVAILABLE", "message": ""}',
        contentType: 'application/json',
      },
    ],
    ['an empty body', { status: 200, body: '' }],
    [
      'bytes that are no text',
      { status: 200, body: Buffer.from([0xff, 0x00, 0xfe]), contentType: 'application/x-protobuf' },
    ],
    ['a page', { status: 500, body: '<h1>Internal</h1>', contentType: 'text/html; charset=utf-8' }],
    ['a redirect', { status: 302, body: 'there', contentType: 'text/plain' }],
  ])('back with status, bytes and content type: %s', async (_what, reply) => {
    mlflow.answer = () => reply
    const answer = await call(`POST ${alias}`, { name: 'other', alias: 'champion', version: '1' })
    expect(answer.status).toBe(reply.status)
    expect(answer.type).toBe(reply.contentType)
    expect(answer.bytes).toEqual(Buffer.from(reply.body))
    expect(mlflow.received).toHaveLength(1)
  })

  it.each([
    ['is absent', undefined],
    ['is no JSON', '{"name":'],
    ['is no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['is a list', [{ name: 'fraud-detector' }]],
    ['is nothing', 'null'],
    ['is a text with JSON in it, as of old clients', JSON.stringify('{"name":"fraud-detector"}')],
    ['has a number for the version', { name: 'fraud-detector', alias: 'production', version: 3 }],
    [
      'has a version of another spelling',
      { name: 'fraud-detector', alias: 'production', version: '03' },
    ],
    ['has an object for the name', { name: { x: 1 }, alias: 'production', version: '3' }],
    [
      'has a key twice',
      '{"name":"other","alias":"production","version":"3","name":"fraud-detector"}',
    ],
    ['has a huge name', { name: 'x'.repeat(2_000_000), alias: 'production', version: '3' }],
    [
      'is huge',
      `${' '.repeat(200_000)}{"name":"fraud-detector","alias":"production","version":"3"}`,
    ],
  ])('when the body %s, and nothing is decided', async (_what, body) => {
    mlflow.answer = () => ({ status: 400, body: 'no', contentType: 'text/plain' })
    const answer = await call(`POST ${alias}`, body)
    expect(answer).toMatchObject({ status: 400, type: 'text/plain' })
    const sent =
      body === undefined
        ? ''
        : Buffer.isBuffer(body) || typeof body === 'string'
          ? body
          : JSON.stringify(body)
    expect(mlflow.received[0]?.body).toEqual(Buffer.from(sent as string))
    expect(gate.entries).toEqual([])
  })

  it('when it is another alias, stage, or version of a protected name', async () => {
    gate.production.set('fraud-detector', 1)
    const name = 'fraud-detector'
    await call(`POST ${alias}`, { name, alias: 'staging', version: '2' })
    await call(`DELETE ${alias}`, { name, alias: 'staging' })
    await call(`POST ${transition}`, { name, version: '2', stage: 'Staging' })
    await call('DELETE /api/2.0/mlflow/model-versions/delete', { name, version: '2' })
    expect(mlflow.received).toHaveLength(4)
  })

  it('when a version does not exist: MLflow says so in its own words', async () => {
    mlflow.answer = () => ({ status: 404, body: '{"error_code":"RESOURCE_DOES_NOT_EXIST"}' })
    const body = { name: 'fraud-detector', alias: 'production', version: '77' }
    expect(await call(`POST ${alias}`, body)).toMatchObject({ status: 404 })
  })

  it('once: an error is not tried again', async () => {
    mlflow.answer = () => 'hang up'
    const answer = await call(`POST ${alias}`, { name: 'other', alias: 'a', version: '1' })
    expect(mlflow.received).toHaveLength(1)
    expect(answer.status).toBe(503)
    expect(answer.json()).toMatchObject({ error_code: 'TEMPORARILY_UNAVAILABLE' })
  })

  it('and a gateway in front of an absent MLflow is answered in the shape of MLflow', async () => {
    mlflow.answer = () => ({
      status: 502,
      body: '{"message":"Bad Gateway"}',
      contentType: 'application/json',
    })
    const answer = await call(`POST ${alias}`, { name: 'other', alias: 'a', version: '1' })
    expect(answer.status).toBe(503)
    expect(answer.json().error_code).toBe('TEMPORARILY_UNAVAILABLE')
  })
})

describe('production of a protected name', () => {
  it.each(['production', 'Production', 'PRODUCTION'])(
    'moves by alias %s when the gate passes, and MLflow is answered for',
    async (word) => {
      const body = { name: 'fraud-detector', alias: word, version: '3' }
      const answer = await call(`POST /ajax-api/2.0/mlflow/registered-models/alias`, body)
      expect(answer).toMatchObject({ status: 200, type: 'application/json' })
      expect(answer.json()).toEqual({})
      expect(gate.production.get('fraud-detector')).toBe(3)
      expect(gate.entries).toMatchObject([
        { action: 'promotion', to: 3, actor: 'arn:aws:iam::000000000000:user/tester' },
      ])
      expect(mlflow.received).toEqual([])
    },
  )

  it('moves by stage, and the version is answered as MLflow shows it then', async () => {
    mlflow.answer = () => ({
      status: 200,
      body: '{\n  "model_version": {"name": "보험 답변/v2", "current_stage": "Production"}\n}',
      contentType: 'application/json',
    })
    const body = {
      name: prompt,
      version: '2',
      stage: 'production',
      archive_existing_versions: false,
    }
    const answer = await call(`POST ${transition}`, body)
    expect(answer.json().model_version.current_stage).toBe('Production')
    expect(gate.production.get(prompt)).toBe(2)
    const [sent] = mlflow.received
    const url = new URL(`http://x${sent?.url}`)
    expect(url.pathname).toBe('/_mlflow/api/2.0/mlflow/model-versions/get')
    expect(Object.fromEntries(url.searchParams)).toEqual({ name: prompt, version: '2' })
  })

  it('stays when the gate does not pass, with every failed condition, its figures, and what to do', async () => {
    gate.values.set(3, 0.4)
    const body = { name: 'fraud-detector', alias: 'production', version: '3' }
    const answer = await call(`POST ${alias}`, body)
    expect(answer.status).toBe(400)
    const { error_code, message } = answer.json()
    expect(error_code).toBe('INVALID_PARAMETER_VALUE')
    expect(message).toContain('2 of 2 conditions failed')
    expect(message).toContain('goal (faithfulness): faithfulness >= 0.9: missed with 0.4 (n = 40)')
    expect(message).toContain(
      'reproducible (git commit): git commit is missing. Train from a repository.',
    )
    expect(message).toContain('GET /ops/models/fraud-detector/promotions/1')
    expect(gate.production.size).toBe(0)
    expect(gate.entries).toMatchObject([{ action: 'refusal' }])
    expect(mlflow.received).toEqual([])
  })

  it('asks for permission with 403 when only the approval of somebody else lacks', async () => {
    gate.more = { approval: { needed: true, given: [] } }
    const body = { name: 'fraud-detector', alias: 'production', version: '3' }
    const answer = await call(`POST ${alias}`, body)
    expect(answer.status).toBe(403)
    expect(answer.json()).toMatchObject({ error_code: 'PERMISSION_DENIED' })
  })

  it('is answered as done when the version is there already, so that a client may ask again', async () => {
    gate.production.set('fraud-detector', 3)
    gate.values.set(3, 0)
    const body = { name: 'fraud-detector', alias: 'Production', version: '3' }
    expect(await call(`POST ${alias}`, body)).toMatchObject({ status: 200 })
    expect(gate.entries).toEqual([])
  })

  it('conflicts when it moves twice while it is decided: a status that clients do not retry', async () => {
    let next = 4
    gate.onMove = () => gate.production.set('fraud-detector', next++)
    const body = { name: 'fraud-detector', alias: 'production', version: '3' }
    const answer = await call(`POST ${alias}`, body)
    expect(answer.status).toBe(409)
    expect(answer.json()).toMatchObject({ error_code: 'RESOURCE_CONFLICT' })
  })

  it('moves for nobody who is unknown, whoever the body says it is', async () => {
    const body = { name: 'fraud-detector', alias: 'production', version: '3', requester: 'me' }
    const answer = await call(`POST ${alias}`, body, { requestContext: {} })
    expect(answer.status).toBe(403)
    expect(gate.entries).toEqual([])
  })

  it.each([
    [
      'DELETE /api/2.0/mlflow/registered-models/alias',
      { alias: 'PRODUCTION' },
      'alias cannot be deleted',
    ],
    ['DELETE /api/2.0/mlflow/model-versions/delete', { version: '1' }, 'it cannot be deleted'],
    ['DELETE /ajax-api/2.0/mlflow/registered-models/delete', {}, 'the model cannot be deleted'],
    ['POST /api/2.0/mlflow/registered-models/rename', { new_name: 'x' }, 'cannot be renamed'],
    [
      'POST /api/2.0/mlflow/model-versions/transition-stage',
      { version: '1', stage: 'Archived' },
      'cannot leave stage Production',
    ],
  ])('is not taken away by %s', async (route, more, why) => {
    gate.production.set('fraud-detector', 1)
    const answer = await call(route, { name: 'fraud-detector', ...more })
    expect(answer.status).toBe(403)
    expect(answer.json()).toMatchObject({
      error_code: 'PERMISSION_DENIED',
      message: expect.stringContaining(why),
    })
    expect(mlflow.received).toEqual([])
    gate.production.clear()
    expect(await call(route, { name: 'fraud-detector', ...more })).toMatchObject({ status: 200 })
  })

  it('does not come by renaming what is in production elsewhere', async () => {
    const route = 'POST /api/2.0/mlflow/registered-models/rename'
    const body = { name: 'other', new_name: 'fraud-detector' }
    expect(await call(route, body)).toMatchObject({ status: 200 })
    gate.production.set('other', 5)
    const answer = await call(route, body)
    expect(answer.status).toBe(403)
    expect(answer.json().message).toContain('would be in production there, unproven')
  })
})

describe('when something fails here', () => {
  it('a database that is waking is 503, which clients try again', async () => {
    gate.ports.ledger.productionVersion = () => Promise.reject(new DatabaseNotReady('still waking'))
    const body = { name: 'fraud-detector', alias: 'production', version: '3' }
    const answer = await call(`POST ${alias}`, body)
    expect(answer.status).toBe(503)
    expect(answer.json()).toEqual({
      error_code: 'TEMPORARILY_UNAVAILABLE',
      message: 'still waking',
    })
  })

  it('what the guard in the database refuses is 400, in its own words', async () => {
    const said = 'fraud-detector version 3 was changed after it was evaluated. Evaluate it again.'
    gate.ports.ledger.approve = () => Promise.reject(new MoveRefused(said))
    const body = { name: 'fraud-detector', alias: 'production', version: '3' }
    const answer = await call(`POST ${alias}`, body)
    expect(answer.status).toBe(400)
    expect(answer.json()).toMatchObject({
      error_code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining(said),
    })
  })

  it('anything else is 500 in the shape of MLflow, and tells nothing internal', async () => {
    gate.ports.ledger.productionVersion = () => Promise.reject(new Error('password is hunter2'))
    const body = { name: 'fraud-detector', alias: 'production', version: '3' }
    const answer = await call(`POST ${alias}`, body)
    expect(answer.status).toBe(500)
    expect(answer.bytes.toString()).not.toContain('hunter2')
    expect(failures).toEqual(['request failed'])
  })
})
