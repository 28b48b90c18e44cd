import { type IncomingMessage, request as httpRequest, type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { toTarget, UnsignableQuery } from '../../lambdas/platform/signing/canonical.ts'
import { instructions, readCommand } from '../../local/connect/command.ts'
import { findTrackingUri } from '../../local/connect/front-door.ts'
import { refuseForeign } from '../../local/connect/guard.ts'
import { requestHeaders, responseHeaders } from '../../local/connect/headers.ts'
import { type Proxy, type ProxyOptions, startProxy } from '../../local/connect/proxy.ts'
import { createSigner } from '../../lambdas/platform/signing/signing.ts'

const credentials = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
}
const root = new URL('https://front.example')

describe('a request target', () => {
  test.each([
    ['/version', '/version', ''],
    ['/', '/', ''],
    ['/a?b=1&a=2&b=0', '/a', 'b=1&a=2&b=0'],
    ['/a?q=x+y%20z%2B', '/a', 'q=x%20y%20z%2B'],
    ['/a?q=%EB%B3%B4%ed%97%98', '/a', 'q=%EB%B3%B4%ED%97%98'],
    ["/a?q=it's(*)!~", '/a', 'q=it%27s%28%2A%29%21~'],
    ['/a?flag&empty=&=x', '/a', 'flag=&empty=&=x'],
    ['/a?&&q=1&', '/a', 'q=1'],
    ['/a?q=100%&r=%zz', '/a', 'q=100%25&r=%25zz'],
    ['/a?u=http://x/?y=z', '/a', 'u=http%3A%2F%2Fx%2F%3Fy%3Dz'],
    ['/a%20b/%ED%95%9C%2Fc//d/../e', '/a%20b/%ED%95%9C%2Fc//d/../e', ''],
    ['/\u00ed\u0095\u009c', '/%ED%95%9C', ''],
  ])('%s', (given, path, query) => {
    expect(toTarget(root, given)).toMatchObject({ path, query })
  })

  test('is put behind the path of the front door', () => {
    const target = toTarget(new URL('http://127.0.0.1:4566/gateway/abc/'), '/version?a=1')
    expect(target).toMatchObject({ path: '/gateway/abc/version', query: 'a=1' })
  })

  test('means the same to a server as what the caller sent', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 20 })
    // Refused: see below.
    const name = text.filter((one) => one !== '__proto__')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, text)), (pairs) => {
        const sent = new URLSearchParams(pairs)
        const { query } = toTarget(root, `/?${sent.toString()}`)
        expect([...new URLSearchParams(query)]).toEqual([...sent])
      }),
    )
  })

  test('that is no UTF-8, or whose parameter no object can hold, cannot be signed', () => {
    expect(() => toTarget(root, '/a?q=%FF')).toThrow(UnsignableQuery)
    expect(() => toTarget(root, '/a?__proto__=1')).toThrow(UnsignableQuery)
  })
})

// Computed with botocore's SigV4Auth for the same key, date and host.
describe('a signature is the one that botocore makes', () => {
  test.each([
    [
      'GET',
      '/version',
      '',
      undefined,
      '9a8c8f6f46bcd6fcebbfaaa7f984c370b0b0c46e45ea52821143b7b8f17d807e',
    ],
    [
      'GET',
      '/api/2.0/mlflow/registered-models/search?filter=name+LIKE+%27%25%EB%B3%B4%ED%97%98%25%27&order_by=b&order_by=a%2Bb&x=',
      '',
      undefined,
      '5c741e50d2d57354d9d4c03a162f95abaaf1db72711fe6c7327d9fba88861345',
    ],
    [
      'POST',
      '/api/2.0/mlflow/runs/a%20b/%ED%95%9C',
      '{"a":"한"}',
      'TOKEN/+=',
      '8c3727696f8f2e6e093d1b7778a2add6aee7622737744cdf41dff5921df6611a',
    ],
  ])('%s %s', async (method, path, body, sessionToken, signature) => {
    const sign = createSigner({
      service: 'execute-api',
      region: 'ap-northeast-2',
      credentials: { ...credentials, ...(sessionToken && { sessionToken }) },
    })
    const headers = await sign(
      {
        method,
        host: 'abc.execute-api.ap-northeast-2.amazonaws.com',
        target: toTarget(root, path),
        body: Buffer.from(body),
      },
      new Date('2026-11-24T00:00:00Z'),
    )
    expect(headers.authorization).toContain(`Signature=${signature}`)
    expect(headers['x-amz-security-token']).toBe(sessionToken)
  })
})

describe('headers', () => {
  test('of one connection and of other signatures do not pass', () => {
    expect(
      requestHeaders(
        {
          host: ['127.0.0.1:4572'],
          connection: ['keep-alive, X-Private'],
          'x-private': ['1'],
          'transfer-encoding': ['chunked'],
          authorization: ['Basic x'],
          'x-amz-date': ['x'],
          'x-forwarded-host': ['evil'],
          referer: ['http://127.0.0.1:4572/'],
          origin: ['http://127.0.0.1:4572'],
          cookie: ['a=1', 'b=2'],
          'x-mlflow-experiment-id': ['7'],
          accept: ['text/html', 'application/json'],
        },
        new URL('https://front.example/base'),
      ),
    ).toEqual({
      origin: ['https://front.example'],
      cookie: ['a=1; b=2'],
      'x-mlflow-experiment-id': ['7'],
      accept: ['text/html', 'application/json'],
    })
  })

  test('that redirect to the front door redirect to the proxy', () => {
    const headers = { location: ['https://front.example/base/x?y'], 'set-cookie': ['a', 'b'] }
    expect(
      responseHeaders(headers, new URL('https://front.example/base/'), 'http://localhost:1'),
    ).toEqual({ location: ['http://localhost:1/x?y'], 'set-cookie': ['a', 'b'] })
  })
})

describe('the proxy answers', () => {
  const host = ['127.0.0.1:4572']
  test.each([
    ['a program', 'POST', { host }],
    [
      'its own page',
      'POST',
      { host, origin: ['http://127.0.0.1:4572'], 'sec-fetch-site': ['same-origin'] },
    ],
    ['an address that was typed', 'GET', { host: ['localhost:4572'], 'sec-fetch-site': ['none'] }],
    [
      'a link on another site',
      'GET',
      {
        host,
        'sec-fetch-site': ['cross-site'],
        'sec-fetch-mode': ['navigate'],
        'sec-fetch-dest': ['document'],
      },
    ],
  ])('%s', (_who, method, headers) => {
    expect(() => refuseForeign(method, headers)).not.toThrow()
  })

  test.each([
    ['a rebound name', 'GET', { host: ['evil.example:4572'] }],
    ['a name that only begins well', 'GET', { host: ['127.0.0.1.evil.example'] }],
    ['no name', 'GET', {}],
    ['a page of another port', 'POST', { host, origin: ['http://127.0.0.1:3000'] }],
    ['a page of another site', 'POST', { host, origin: ['https://evil.example'] }],
    ['a sandboxed page', 'POST', { host, origin: ['null'] }],
    [
      'an image on another site',
      'GET',
      { host, 'sec-fetch-site': ['cross-site'], 'sec-fetch-mode': ['no-cors'] },
    ],
    [
      'a frame on another site',
      'GET',
      {
        host,
        'sec-fetch-site': ['cross-site'],
        'sec-fetch-mode': ['navigate'],
        'sec-fetch-dest': ['iframe'],
      },
    ],
    [
      'a form on another site',
      'POST',
      {
        host,
        'sec-fetch-site': ['cross-site'],
        'sec-fetch-mode': ['navigate'],
        'sec-fetch-dest': ['document'],
      },
    ],
  ])('but not %s', (_who, method, headers) => {
    expect(() => refuseForeign(method, headers as never)).toThrow()
  })
})

describe('through the proxy', () => {
  const opened: { close(): Promise<void> }[] = []
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.close()))
  })

  type Handler = Parameters<typeof createServer>[1] & {}
  async function upstream(handler: Handler): Promise<string> {
    const server: Server = createServer(handler)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    opened.push({
      close: async () => {
        server.closeAllConnections()
        server.close()
      },
    })
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  async function proxyTo(trackingUri: string, more: Partial<ProxyOptions> = {}): Promise<Proxy> {
    const proxy = await startProxy({
      port: 0,
      trackingUri,
      region: 'us-east-1',
      credentials,
      advise: () => {},
      ...more,
    })
    opened.push(proxy)
    return proxy
  }
  function raw(proxy: Proxy, path: string, headers: Record<string, string>, body?: string) {
    return new Promise<IncomingMessage & { text: string }>((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const request = httpRequest({ host: '127.0.0.1', port: proxy.port, path, method, headers })
      request.once('error', reject)
      request.once('response', (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.once('end', () => resolve(Object.assign(response, { text })))
      })
      request.end(body)
    })
  }

  test('answers stream', async () => {
    let finish = (): void => {}
    const uri = await upstream((_request, response) => {
      response.write('first')
      finish = () => response.end('last')
    })
    const response = await fetch(`${(await proxyTo(uri)).url}/stream`)
    const reader = response.body!.getReader()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('first')
    finish()
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe('last')
  })

  test('statuses, compressed bodies and repeated headers arrive untouched', async () => {
    const bytes = Buffer.from([31, 139, 8, 0, 1, 2, 3])
    const uri = await upstream((_request, response) => {
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.writeHead(418, { 'content-encoding': 'x-unknown' }).end(bytes)
    })
    const response = await fetch(`${(await proxyTo(uri)).url}/x`)
    expect(response.status).toBe(418)
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
  })

  test('bodies of 10 MB pass and larger ones get a problem that says why', async () => {
    const uri = await upstream((request, response) => {
      let bytes = 0
      request.on('data', (chunk: Buffer) => (bytes += chunk.length))
      request.on('end', () => response.end(String(bytes)))
    })
    const proxy = await proxyTo(uri)
    const limit = 10 * 1024 * 1024
    const fits = await fetch(proxy.url, { method: 'POST', body: Buffer.alloc(limit) })
    expect(await fits.text()).toBe(String(limit))

    const large = await raw(proxy, '/', { 'content-length': String(limit + 1) }, 'x').catch(
      () => undefined,
    )
    expect(large?.statusCode).toBe(413)
    expect(large?.headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(large!.text).detail).toContain('10 MB at most')

    async function* chunks() {
      for (let sent = 0; sent <= limit; sent += 1 << 20) yield new Uint8Array(1 << 20)
    }
    const streamed = await fetch(proxy.url, {
      method: 'POST',
      body: chunks() as never,
      duplex: 'half',
    })
    expect(streamed.status).toBe(413)
  })

  test('a foreign host name is refused before anything is forwarded', async () => {
    let forwarded = 0
    const uri = await upstream((_request, response) => {
      forwarded += 1
      response.end()
    })
    const refused = await raw(await proxyTo(uri), '/', { host: 'evil.example' })
    expect(refused.statusCode).toBe(403)
    expect(JSON.parse(refused.text)).toMatchObject({ title: 'Foreign request' })
    expect(forwarded).toBe(0)
  })

  test('a front door that is not there gets a 502 that says what to do', async () => {
    const response = await fetch(`${(await proxyTo('http://127.0.0.1:9')).url}/version`)
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({
      title: 'Front door out of reach',
      detail: expect.stringContaining('npm start'),
    })
  })

  test('an answer that breaks off does not look whole', async () => {
    const uri = await upstream((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    })
    const response = await fetch(`${(await proxyTo(uri)).url}/x`)
    await expect(response.text()).rejects.toThrow()
  })

  test('missing and expired credentials get advice, once', async () => {
    const uri = await upstream((_request, response) => response.end())
    const advice: string[] = []
    const proxy = await proxyTo(uri, {
      credentials: () => Promise.reject(new Error('Could not load credentials from any providers')),
      advise: (text) => advice.push(text),
    })
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const response = await fetch(proxy.url)
      expect(response.status).toBe(502)
      expect(await response.json()).toMatchObject({
        detail: expect.stringContaining('set AWS_PROFILE'),
      })
    }
    expect(advice).toHaveLength(1)
  })

  test.each([
    ['{"message":"Forbidden"}', 'ClientPolicyArn'],
    ['{"message":"Forbidden"}', 'rollbacks ReleasePolicyArn'],
    ['{"message":"The security token included in the request is expired"}', 'expired'],
    ['{"message":"The request signature we calculated does not match"}', 'clock'],
  ])('a 403 of %s passes, with advice', async (body, words) => {
    const uri = await upstream((_request, response) => response.writeHead(403).end(body))
    const advice: string[] = []
    const proxy = await proxyTo(uri, { advise: (text) => advice.push(text) })
    const response = await fetch(`${proxy.url}/x`)
    expect(response.status).toBe(403)
    expect(await response.text()).toBe(body)
    expect(advice.join()).toContain(words)
  })

  test('a caller that goes away takes its request along', async () => {
    const gone = Promise.withResolvers<void>()
    const uri = await upstream((_request, response) => {
      response.once('close', gone.resolve)
      response.write('started')
    })
    const controller = new AbortController()
    await fetch(`${(await proxyTo(uri)).url}/x`, { signal: controller.signal })
    controller.abort()
    await expect(gone.promise).resolves.toBeUndefined()
  })

  describe('the address of the front door', () => {
    const find = (endpoint: string) =>
      findTrackingUri({ environment: 'dev', region: 'ap-northeast-2', credentials, endpoint })
    const answering = (status: number, body: string) =>
      upstream((_request, response) => response.writeHead(status).end(body))

    test('is an output of the stack', async () => {
      let asked = ''
      const endpoint = await upstream((request, response) => {
        request.on('data', (chunk: Buffer) => (asked += chunk))
        response.end(
          '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs>' +
            '<member><OutputKey>A</OutputKey><OutputValue>b</OutputValue></member><member>' +
            '<OutputValue>https://x.example/?a&amp;b</OutputValue><OutputKey>TrackingUri</OutputKey>' +
            '</member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>',
        )
      })
      expect(await find(endpoint)).toBe('https://x.example/?a&b')
      expect(asked).toContain('StackName=TowninMlops-dev-Platform')
    })

    const failure = (code: string, message: string) =>
      `<ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
    test.each([
      [
        400,
        failure('ValidationError', 'Stack with id x does not exist'),
        'ENVIRONMENT=dev npx cdk deploy',
      ],
      [
        403,
        failure('ExpiredToken', 'The security token included in the request is expired'),
        'Sign in again',
      ],
      [
        403,
        failure('InvalidClientTokenId', 'The token is invalid'),
        'AWS does not know these credentials',
      ],
      [403, failure('AccessDenied', 'not authorized'), 'cloudformation:DescribeStacks'],
      [200, '<Outputs></Outputs>', 'has no output TrackingUri'],
    ])('%i %s', async (status, body, words) => {
      await expect(find(await answering(status, body))).rejects.toThrow(words)
    })
  })
})

describe('the command line', () => {
  const names = ['local', 'dev']
  test('takes an environment and options', () => {
    expect(readCommand([], names)).toEqual({ environment: 'local', help: false })
    expect(readCommand(['dev', '--port', '5000', '--profile', 'p'], names)).toEqual({
      environment: 'dev',
      port: 5000,
      profile: 'p',
      help: false,
    })
  })

  test.each([
    [['nowhere'], 'There is no environment nowhere'],
    [['dev', '--port', 'x'], '--port must be a port'],
    [['--fast'], '--fast'],
    [['--uri', 'x'], '--uri must be'],
  ])('says what is wrong with %j', (args, words) => {
    expect(() => readCommand(args, names)).toThrow(words)
  })

  test('is answered with the variables to set', () => {
    const text = instructions('dev', 'http://127.0.0.1:4572')
    expect(text).toContain('MLFLOW_TRACKING_URI=http://127.0.0.1:4572\n')
    expect(text).toContain('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:4572/v1/traces')
    expect(text).toContain('OTEL_EXPORTER_OTLP_HEADERS=x-mlflow-experiment-id=')
  })
})
