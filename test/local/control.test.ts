import type { Server } from 'node:http'
import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { serveControl } from '../../local/control.ts'

const service = {
  service: 'mlflow',
  cluster: 'c',
  containers: [
    {
      name: 'mlflow',
      essential: true,
      dependsOn: [],
      image: 'image',
      entryPoint: [],
      command: ['mlflow'],
      environment: { A: 'b' },
    },
  ],
}

let server: Server
let port: number
let asked: string[]

beforeAll(async () => {
  server = await serveControl(0, 'token', {
    putService: async ({ service: name }) => {
      asked.push(`put ${name}`)
      if (name === 'broken') throw new Error('mlflow ended with exit code 3.')
    },
    deleteService: async (name) => {
      asked.push(`delete ${name}`)
      return name === 'mlflow'
    },
    restart: async (name) => {
      asked.push(`restart ${name}`)
      return name === 'postgres'
    },
    stop: async (name) => {
      asked.push(`stop ${name}`)
      return name === 'postgres'
    },
    processes: () => [{ name: 'postgres', pid: 7 }],
  })
  const address = server.address()
  port = typeof address === 'object' && address ? address.port : 0
})

beforeEach(() => {
  asked = []
})

afterAll(() => server.close())

const call = (
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = { 'content-type': 'application/json' },
): Promise<{ status: number; body: unknown }> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer token', ...more }
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8')
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown }),
      )
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })

describe('the control endpoint', () => {
  test.each(['', 'Bearer other', 'Bearer tokens', 'token'])(
    'refuses whoever sends %j for its token',
    async (authorization) => {
      const answer = await call('POST', '/ecs/services', service, {
        'content-type': 'application/json',
        authorization,
      })
      expect(answer.status).toBe(401)
      expect(asked).toEqual([])
    },
  )

  test('starts an ECS service', async () => {
    expect((await call('POST', '/ecs/services', service)).status).toBe(200)
    expect(asked).toEqual(['put mlflow'])
  })

  test('says why a service does not start', async () => {
    const answer = await call('POST', '/ecs/services', { ...service, service: 'broken' })
    expect(answer).toEqual({ status: 500, body: { error: 'mlflow ended with exit code 3.' } })
  })

  test('says what is wrong with a description', async () => {
    const answer = await call('POST', '/ecs/services', { service: 1 })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).toContain('containers')
    expect(asked).toEqual([])
  })

  test('ends a service, and says that there is none', async () => {
    expect((await call('DELETE', '/ecs/services/mlflow')).status).toBe(200)
    expect((await call('DELETE', '/ecs/services/other')).status).toBe(404)
  })

  test('restarts and stops a process, and says that there is none', async () => {
    expect((await call('POST', '/processes/postgres/restart')).status).toBe(200)
    expect((await call('POST', '/processes/other/restart')).status).toBe(404)
    expect((await call('POST', '/processes/postgres/stop')).status).toBe(200)
    expect((await call('POST', '/processes/other/stop')).status).toBe(404)
    expect((await call('POST', '/processes/postgres/toString')).status).toBe(404)
    expect(asked).toEqual(['restart postgres', 'restart other', 'stop postgres', 'stop other'])
  })

  test.each([
    ['a web page', { 'content-type': 'application/json', origin: 'https://evil.example' }, 403],
    [
      'a name that leads to 127.0.0.1',
      { 'content-type': 'application/json', host: 'evil.example' },
      403,
    ],
    ['a form', { 'content-type': 'text/plain' }, 415],
  ])('does nothing for %s', async (_, headers, status) => {
    expect((await call('POST', '/ecs/services', service, headers)).status).toBe(status)
    expect(asked).toEqual([])
  })
})
