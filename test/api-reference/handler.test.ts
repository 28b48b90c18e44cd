import { describe, expect, it } from 'vitest'
import { handler } from '../../lambdas/api-reference/handler.ts'
import { callHandler } from '../platform/call.ts'

describe('GET /ops/openapi.json', () => {
  it('describes the routes of every capability in one document', async () => {
    const { status, body } = await callHandler(handler, 'GET', '/ops/openapi.json')
    expect(status).toBe(200)
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/ops/costs', '/ops/llm-calls', '/ops/openapi.json']),
    )
  })

  it('gives each operation an id of its own', async () => {
    const { body } = await callHandler(handler, 'GET', '/ops/openapi.json')
    const ids = Object.values<Record<string, { operationId: string }>>(body.paths)
      .flatMap((operations) => Object.values(operations))
      .map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('every other path of /ops', () => {
  it.each([
    ['GET', '/ops'],
    ['GET', '/ops/nothing'],
    ['DELETE', '/ops/costs'],
    ['POST', '/ops/openapi.json'],
  ])('%s %s is a 404 that lists every route', async (method, path) => {
    const { status, type, body } = await callHandler(handler, method, path)
    expect([status, type]).toEqual([404, 'application/problem+json'])
    expect(body.detail).toContain('GET /ops/costs')
    expect(body.detail).toContain('GET /ops/openapi.json')
  })
})
