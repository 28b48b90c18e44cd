import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { warmUp } from '../../local/warm-up.ts'

/** A server that notes what it is asked, and how much of it at once. */
const serve = async (status: number) => {
  const seen: string[] = []
  let open = 0
  const server = createServer((request, response) => {
    open += 1
    seen.push(`${open} ${request.method} ${request.url?.split('?')[0]}`)
    setTimeout(() => {
      open -= 1
      response.writeHead(status).end('{}')
    }, 20)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { seen, port: (server.address() as AddressInfo).port, close: () => server.close() }
}

test('MLflow is warmed up by one call after the other', async () => {
  const { seen, port, close } = await serve(200)
  await warmUp(port)
  close()
  expect(seen).toEqual([
    '1 POST /api/2.0/mlflow/runs/search',
    '1 GET /api/2.0/mlflow/registered-models/search',
  ])
})

test('MLflow that does not answer its first calls is no server to go on with', async () => {
  const { port, close } = await serve(500)
  await expect(warmUp(port)).rejects.toThrow('MLflow answered runs/search with 500')
  close()
})
