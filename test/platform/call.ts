import type { Context } from 'aws-lambda'
import type { httpHandler } from '../../lambdas/platform/http.ts'

/** What a handler answered. */
export interface Answer {
  readonly status: number
  readonly type: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what came over the wire
  readonly body: any
}

/** Calls a handler as the gateway does, by whichever of its routes. */
export async function callHandler(
  handler: ReturnType<typeof httpHandler>,
  method: string,
  pathAndQuery: string,
  body?: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> {
  const [path = '', query = ''] = pathAndQuery.split('?')
  const event = {
    version: '2.0',
    routeKey: 'ANY /ops/{proxy+}',
    rawPath: path,
    rawQueryString: query,
    headers,
    pathParameters: { proxy: path.slice('/ops/'.length) },
    requestContext: {
      http: { method, path },
      authorizer: { iam: { userArn: 'arn:aws:iam::000000000000:user/tester' } },
    },
    ...(body !== undefined && {
      body: Buffer.isBuffer(body)
        ? body.toString('base64')
        : typeof body === 'string'
          ? body
          : JSON.stringify(body),
      isBase64Encoded: Buffer.isBuffer(body),
    }),
  }
  const answer = await handler(event as never, { awsRequestId: 'test' } as Context)
  return {
    status: answer.statusCode ?? 0,
    type: String(answer.headers?.['content-type']),
    body: JSON.parse(answer.body ?? 'null'),
  }
}
