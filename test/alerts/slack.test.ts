import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { section, type SlackMessage } from '../../lambdas/alerts/block-kit.ts'
import { NotDelivered, postToSlack } from '../../lambdas/alerts/slack.ts'
import { Messages } from '../../local/slack/messages.ts'
import { createSlackServer, webhookPath } from '../../local/slack/server.ts'

const token = 'secret-token'
const secretName = 'townin-mlops/prod/slack'
const message: SlackMessage = { text: '목표 미달', blocks: [section('*안녕* &amp;')] }
let server: Server
let messages: Messages
let origin: string
let address: string

const listen = async (made: Server): Promise<void> => {
  server = made.listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  address = `${origin}${webhookPath(token)}`
}

beforeEach(async () => {
  messages = new Messages()
  const page = { opens: (url: string) => url, timeZone: 'Asia/Seoul' }
  await listen(createSlackServer({ messages, token, page }))
})

afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const order = (body: unknown) =>
  fetch(`${origin}/_local/failures`, { method: 'PUT', body: JSON.stringify(body) })

const post = (more: Partial<Parameters<typeof postToSlack>[2]> = {}, to = address) =>
  postToSlack(to, message, { secretName, ...more })

const failureOf = async (work: Promise<void>): Promise<Error> => {
  const error: unknown = await work.then(
    () => new Error('It was sent.'),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(NotDelivered)
  // Whoever has the address may post as the platform: it must not get into a log.
  const logged = error as Error
  expect(`${logged.message} ${logged.stack} ${String(logged.cause)}`).not.toContain(token)
  return logged
}

describe('a message', () => {
  test('arrives as it was composed', async () => {
    await post()
    expect(messages.since(0)).toMatchObject([{ text: message.text, blocks: message.blocks }])
  })

  test('is sent again once when Slack asks for a short pause', async () => {
    await order({ next: [{ status: 429, retryAfterSeconds: 3 }] })
    const slept: number[] = []
    await post({ sleep: async (milliseconds) => slept.push(milliseconds) })
    expect(slept).toEqual([3_000])
    expect(messages.since(0)).toHaveLength(1)
  })

  test('is left to a later delivery when Slack asks for a long pause, or asks twice', async () => {
    await order({ next: [{ status: 429, retryAfterSeconds: 60 }] })
    const sleep = () => Promise.resolve()
    expect((await failureOf(post({ sleep }))).message).toBe(
      'Slack takes no more messages for 60 seconds (429). The message is tried again.',
    )
    await order({ next: [429, 429] })
    expect((await failureOf(post({ sleep }))).message).toContain('(429)')
    expect(messages.since(0)).toEqual([])
  })

  test.each<[number, string]>([
    [500, 'Slack failed (500 rollup_error). The message is tried again.'],
    [503, 'Slack failed (503 rollup_error). The message is tried again.'],
    [404, `Slack refused the message (404 no_service): the webhook was removed or is disabled.`],
    [410, 'the channel is archived. Unarchive it'],
    [403, 'the webhook was revoked. Make a new one'],
    [400, 'this is a mistake in lambdas/alerts'],
  ])('that meets %d fails with what to do', async (status, words) => {
    await order({ next: [status] })
    const { message: text } = await failureOf(post())
    expect(text).toContain(words)
    if ([403, 404, 410].includes(status)) expect(text).toContain(`the secret ${secretName}`)
  })

  test('that Slack refuses with an answer that is not known fails with that answer', async () => {
    await new Promise((resolve) => server.close(resolve))
    await listen(createServer((_, response) => response.writeHead(418).end('no_tea')))
    expect((await failureOf(post())).message).toContain('(418 no_tea)')
  })

  test('that gets no answer fails within its time', async () => {
    await order({ next: ['hang'] })
    expect((await failureOf(post({ timeout: 100 }))).message).toMatch(
      /^Slack did not answer \(.*timeout.*\)/,
    )
  })

  test('that finds nobody listening fails with why', async () => {
    const nobody = `http://127.0.0.1:1${webhookPath(token)}`
    expect((await failureOf(post({}, nobody))).message).toContain('Slack did not answer (')
  })

  test('is not carried to where a redirect leads', async () => {
    let followed = 0
    await new Promise((resolve) => server.close(resolve))
    await listen(
      createServer((request, response) => {
        if (request.url === '/elsewhere') followed += 1
        response.writeHead(302, { location: '/elsewhere' }).end()
      }),
    )
    await failureOf(post())
    expect(followed).toBe(0)
  })

  test.each([
    '',
    'secret-token',
    '{"url":"https://hooks.slack.com/services/secret-token"}',
    'ftp://secret-token',
  ])('is not sent to what is no address (%j)', async (to) => {
    expect((await failureOf(post({}, to))).message).toContain(
      `The secret ${secretName} must hold the address of an incoming webhook`,
    )
  })
})
