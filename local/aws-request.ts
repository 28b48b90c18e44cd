import { createHash, createHmac } from 'node:crypto'
import type { AccessKey } from './administrator.ts'

/** A call to an emulated AWS service or to the front door. */
export interface AwsRequest {
  readonly method: 'GET' | 'POST'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Who calls, and what the signature is for. */
export interface Signing {
  readonly key: AccessKey
  readonly region: string
  /** The signing name, such as `iam` or `execute-api`. */
  readonly service: string
  readonly now: Date
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest()

/** Percent-encodes as Signature Version 4 asks: all but letters, digits and `-_.~`. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0)

/** The headers of a request with its signature, by Signature Version 4. */
export const signedHeaders = (request: AwsRequest, signing: Signing): Record<string, string> => {
  const { key, region, service } = signing
  const time = signing.now.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = time.slice(0, 8)
  const headers: Record<string, string> = {
    host: request.url.host,
    'x-amz-date': time,
    ...Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    ),
  }
  const names = Object.keys(headers).toSorted(compare)
  const query = [...request.url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .toSorted(compare)
    .join('&')
  const path = request.url.pathname.split('/').map(encode).join('/')
  const canonical = [
    request.method,
    path,
    query,
    ...names.map((name) => `${name}:${headers[name]?.trim()}`),
    '',
    names.join(';'),
    sha256(request.body ?? ''),
  ].join('\n')
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')
  const signingKey = [day, region, service, 'aws4_request'].reduce<string | Buffer>(
    (previous, part) => hmac(previous, part),
    `AWS4${key.secretAccessKey}`,
  )
  const signature = hmac(signingKey, text).toString('hex')
  const credential = `${key.accessKeyId}/${scope}`
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`
  const { host: _, ...sent } = headers
  return { ...sent, authorization }
}

/** An answer that was not a success. */
export class AwsError extends Error {
  readonly status: number
  readonly body: string

  constructor(request: AwsRequest, status: number, body: string) {
    super(`${request.method} ${request.url} answered ${status}: ${body.slice(0, 2000)}`)
    this.status = status
    this.body = body
  }
}

/** Sends a signed request and returns the text of a successful answer; throws `AwsError` otherwise. */
export const send = async (
  request: AwsRequest,
  signing: Omit<Signing, 'now'>,
  withinSeconds = 60,
): Promise<{ text: string; headers: Headers }> => {
  const response = await fetch(request.url, {
    method: request.method,
    headers: signedHeaders(request, { ...signing, now: new Date() }),
    signal: AbortSignal.timeout(withinSeconds * 1000),
    ...(request.body !== undefined && { body: request.body }),
  })
  const text = await response.text()
  if (!response.ok) throw new AwsError(request, response.status, text)
  return { text, headers: response.headers }
}
