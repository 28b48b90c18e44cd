import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that resolves the secret of each Data API request, as the emulator does, and passes the request on. */
export interface SecretResolver {
  readonly address: string
  close(): void
}

/** @param passwords by role; the ARN of a role's secret is its name */
export async function startSecretResolver(
  dataApiPort: number,
  passwords: Readonly<Record<string, string>>,
): Promise<SecretResolver> {
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const body = Buffer.concat(parts)
      const { secretArn } = JSON.parse(body.toString()) as { secretArn: string }
      fetch(`http://127.0.0.1:${dataApiPort}${request.url}`, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json',
          'x-database-username': secretArn,
          'x-database-password': encodeURIComponent(passwords[secretArn] ?? ''),
        },
      }).then(
        async (answer) => {
          response.writeHead(answer.status, {
            'content-type': 'application/json',
            'x-amzn-errortype': answer.headers.get('x-amzn-errortype') ?? '',
          })
          response.end(Buffer.from(await answer.arrayBuffer()))
        },
        () => response.writeHead(502).end(),
      )
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
