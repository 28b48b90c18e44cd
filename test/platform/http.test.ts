import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { httpHandler } from '../../lambdas/platform/http.ts'
import { emptyQuery } from '../../lambdas/platform/request-fields.ts'
import { defineRoute, Reply, route } from '../../lambdas/platform/route.ts'
import { callHandler } from './call.ts'

const id = z.strictObject({ id: z.string().regex(/^[a-z0-9/]+$/) })

const answering = (path: string, method: 'GET' | 'POST' = 'GET') =>
  route(
    defineRoute({
      method,
      path,
      summary: path,
      querySchema: z.strictObject({ q: z.string().optional() }),
      pathSchema: id,
      responseSchema: z.unknown(),
    }),
    async (request) => ({ path, id: request.path.id }),
  )

// The greedy route stands first on purpose.
const handler = httpHandler('test', [
  answering('/ops/things/{id}'),
  answering('/ops/things/{id}/parts/{id}'),
  answering('/ops/things/{id}/rows'),
  answering('/ops/things/{id}/cancel', 'POST'),
  route(
    defineRoute({
      method: 'POST',
      path: '/ops/things',
      summary: 'make one',
      querySchema: emptyQuery,
      bodySchema: z.looseObject({}),
      responseSchema: z.unknown(),
      successStatus: 202,
      otherSuccesses: { 200: 'It was there' },
    }),
    async ({ body }) => (body['again'] === true ? new Reply(200, { again: true }) : { made: true }),
  ),
])

describe('an HTTP handler', () => {
  it.each([
    ['GET', '/ops/things/a1', '/ops/things/{id}', 'a1'],
    ['GET', '/ops/things/a/b/c', '/ops/things/{id}', 'a/b/c'],
    ['GET', '/ops/things/a1/rows', '/ops/things/{id}/rows', 'a1'],
    ['GET', '/ops/things/a1/parts/b/c', '/ops/things/{id}/parts/{id}', 'b/c'],
    ['POST', '/ops/things/a1/cancel', '/ops/things/{id}/cancel', 'a1'],
  ])('%s %s finds its route whatever the order they are listed in', async (...call) => {
    const [method, path, template, value] = call
    const { body } = await callHandler(handler, method, path)
    expect(body).toEqual({ path: template, id: value })
  })

  it('checks a parameter in the middle of a path', async () => {
    const { status, body } = await callHandler(handler, 'GET', '/ops/things/A-1/rows')
    expect(status).toBe(400)
    expect(body.violations).toMatchObject([{ field: 'id' }])
  })

  it('answers with the status of the route, or with the one that the reply names', async () => {
    expect(await callHandler(handler, 'POST', '/ops/things', {})).toMatchObject({
      status: 202,
      body: { made: true },
    })
    expect(await callHandler(handler, 'POST', '/ops/things', { again: true })).toMatchObject({
      status: 200,
      body: { again: true },
    })
  })

  it.each([
    ['NUL in a text', { a: ['x\u0000'] }, 'U+0000'],
    ['NUL in a key', { 'x\u0000': 1 }, 'U+0000'],
    ['half of a surrogate pair', '{"a": {"b": "\\ud800"}}', 'surrogate'],
    ['a key for the prototype', '{"a": {"__proto__": {"again": true}}}', '__proto__'],
  ])('refuses a body with %s, which nothing could keep', async (_what, given, says) => {
    const { status, type, body } = await callHandler(handler, 'POST', '/ops/things', given)
    expect([status, type]).toEqual([400, 'application/problem+json'])
    expect(body.detail).toContain(says)
  })

  it('refuses NUL in a path and in a query', async () => {
    expect((await callHandler(handler, 'GET', '/ops/things/a\u0000/rows')).status).toBe(400)
    expect((await callHandler(handler, 'GET', '/ops/things/a?q=%00')).status).toBe(400)
  })

  it('takes a body that is nested as deep as its size allows', async () => {
    const deep = `{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    expect((await callHandler(handler, 'POST', '/ops/things', deep)).status).toBe(202)
  })
})
