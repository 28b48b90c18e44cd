import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Proxy, startProxy } from '../../local/connect/proxy.ts'
import { readSettings } from '../../local/settings.ts'

/** The Python of the local stack. */
const python = join(readSettings({}).pythonBin, 'python')
const scripts = join(import.meta.dirname, 'connect')

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}

interface Received {
  readonly method: string
  readonly path: string
  readonly query: [string, string][]
  readonly headers: Record<string, string>
  readonly bytes: number
  readonly sha256: string
}

describe('before a front door that checks with botocore', () => {
  let frontDoor: ChildProcess
  let port: number
  let proxy: Proxy

  beforeAll(async () => {
    frontDoor = spawn(python, [join(scripts, 'verifying_upstream.py')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = (await once(frontDoor.stdout!, 'data')) as [Buffer]
    port = Number(line.toString())
    proxy = await startProxy({
      port: 0,
      trackingUri: `http://127.0.0.1:${port}/gateway`,
      region: 'ap-northeast-2',
      credentials: { ...credentials, sessionToken: 'TOKEN/+=' },
    })
  }, 60_000)

  afterAll(async () => {
    await proxy?.close()
    frontDoor?.stdin?.end()
  })

  async function send(path: string, init?: RequestInit): Promise<Received> {
    const response = await fetch(`${proxy.url}${path}`, init)
    const body = (await response.json()) as Received
    expect(response.status, JSON.stringify(body)).toBe(200)
    return body
  }

  test.each([
    ['/', []],
    ['/static-files/static/js/main.abc.js', []],
    [
      '/ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=with+space',
      [['experiment_name', 'with space']],
    ],
    [
      "/api/2.0/mlflow/x?filter=name%20ILIKE%20'%25%EB%B3%B4%ED%97%98%25'",
      [['filter', "name ILIKE '%보험%'"]],
    ],
    [
      '/api/x?ids=b&ids=a&ids=b&a=%2B%26%3D',
      [
        ['ids', 'b'],
        ['ids', 'a'],
        ['ids', 'b'],
        ['a', '+&='],
      ],
    ],
    ['/api/runs/a%20b/%ED%95%9C%EA%B5%AD/c%2Bd', []],
    [
      '/api/x?empty=&flag',
      [
        ['empty', ''],
        ['flag', ''],
      ],
    ],
    ["/api/x?odd=~!*'()%2F:;@$,%5B%5D", [['odd', "~!*'()/:;@$,[]"]]],
  ])('GET %s is signed well and means the same', async (path, query) => {
    const received = await send(path)
    expect(received.query).toEqual(query)
    expect(received.path.startsWith('/gateway/')).toBe(true)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])('%s with a body is signed well', async (method) => {
    const body = Buffer.from(JSON.stringify({ 이름: '약관 "보험"' }))
    const received = await send('/api/2.0/mlflow/runs/create', {
      method,
      body,
      headers: { 'content-type': 'application/json', authorization: 'Bearer other' },
    })
    expect(received).toMatchObject({
      method,
      bytes: body.length,
      sha256: createHash('sha256').update(body).digest('hex'),
    })
    expect(received.headers['content-type']).toBe('application/json')
  })

  test('requests without a body stay without one', async () => {
    expect((await send('/x')).headers).not.toHaveProperty('content-length')
    expect((await send('/x', { method: 'POST' })).headers['content-length']).toBe('0')
  })

  test('ten megabytes are signed well', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024, 'x')
    expect((await send('/x', { method: 'POST', body })).bytes).toBe(body.length)
  })

  test('other keys are refused, so the check is one', async () => {
    const other = await startProxy({
      port: 0,
      trackingUri: `http://127.0.0.1:${port}`,
      region: 'ap-northeast-2',
      credentials: { ...credentials, secretAccessKey: 'other' },
      advise: () => {},
    })
    expect((await fetch(`${other.url}/x`)).status).toBe(403)
    await other.close()
  })

  test("OpenTelemetry's exporter reaches /v1/traces", async () => {
    const seen: {
      path: string | undefined
      headers: NodeJS.Dict<string | string[]>
      bytes: number
    }[] = []
    const { createServer } = await import('node:http')
    const collector = createServer((request, response) => {
      let bytes = 0
      request.on('data', (chunk: Buffer) => (bytes += chunk.length))
      request.on('end', () => {
        seen.push({ path: request.url, headers: request.headers, bytes })
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end()
      })
    })
    collector.listen(0, '127.0.0.1')
    await once(collector, 'listening')
    const { port: collectorPort } = collector.address() as { port: number }
    const between = await startProxy({
      port: 0,
      trackingUri: `http://127.0.0.1:${collectorPort}`,
      region: 'ap-northeast-2',
      credentials,
    })
    const exporter = spawn(python, [join(scripts, 'export_spans.py')], {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: {
        ...process.env,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${between.url}/v1/traces`,
        OTEL_EXPORTER_OTLP_HEADERS: 'x-mlflow-experiment-id=7',
        OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      },
    })
    const [code] = (await once(exporter, 'exit')) as [number]
    expect(code).toBe(0)
    expect(seen.length).toBeGreaterThan(0)
    expect(seen[0]).toMatchObject({
      path: '/v1/traces',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'gzip',
        'x-mlflow-experiment-id': '7',
        authorization: expect.stringContaining('/ap-northeast-2/execute-api/aws4_request'),
      },
    })
    expect(seen[0]?.bytes).toBeGreaterThan(100)
    await between.close()
    collector.close()
    collector.closeAllConnections()
  }, 60_000)
})
