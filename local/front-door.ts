import type { AccessKey } from './administrator.ts'
import { toTarget } from '../lambdas/platform/signing/canonical.ts'
import { createSigner } from '../lambdas/platform/signing/signing.ts'

/** Where a front door is, and who calls it. */
export interface Caller {
  readonly trackingUri: string
  readonly region: string
  readonly key: AccessKey
}

/** What the front door answered. */
export interface Answer {
  readonly status: number
  readonly text: string
}

/** Sends a signed request to the front door, with `body` as JSON when there is one. */
export async function askFrontDoor(
  caller: Caller,
  pathAndQuery: string,
  body?: unknown,
): Promise<Answer> {
  const base = new URL(caller.trackingUri)
  const method = body === undefined ? 'GET' : 'POST'
  const target = toTarget(base, pathAndQuery)
  const content = Buffer.from(body === undefined ? '' : JSON.stringify(body))
  const sign = createSigner({
    service: 'execute-api',
    region: caller.region,
    credentials: caller.key,
  })
  const { host: _, ...signature } = await sign({ method, host: base.host, target, body: content })
  const query = target.query === '' ? '' : `?${target.query}`
  const response = await fetch(`${base.origin}${target.path}${query}`, {
    method,
    headers: { ...signature, ...(body !== undefined && { 'content-type': 'application/json' }) },
    signal: AbortSignal.timeout(60_000),
    ...(body !== undefined && { body: content }),
  })
  return { status: response.status, text: await response.text() }
}
