import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { problemsOf } from '../../local/slack/block-kit.ts'
import { markupToHtml } from '../../local/slack/markup.ts'
import { Messages } from '../../local/slack/messages.ts'
import { createSlackServer, webhookPath } from '../../local/slack/server.ts'

let directory: string
let server: Server
let origin: string
let clock: number
let refusals: string[]

const start = async (): Promise<void> => {
  server = createSlackServer({
    messages: new Messages(directory),
    token: 'token',
    page: {
      opens: (url) => url.replace('https://mlflow.example', 'http://127.0.0.1:4572'),
      timeZone: 'Asia/Seoul',
    },
    now: () => clock,
    log: (line) => refusals.push(line),
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const stop = async (): Promise<void> => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'slack-'))
  clock = Date.parse('2026-11-24T00:00:00Z')
  refusals = []
  await start()
})

afterEach(async () => {
  await stop()
  rmSync(directory, { recursive: true, force: true })
})

const post = async (body: unknown, path = webhookPath('token'), type = 'application/json') => {
  const response = await fetch(`${origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  return `${response.status} ${await response.text()}`
}

const kept = async (query = '') => {
  const response = await fetch(`${origin}/_local/messages${query}`)
  return ((await response.json()) as { messages: { id: number; text: string }[] }).messages
}

describe('the Slack sink', () => {
  test('takes messages as Slack does, and keeps them over a restart', async () => {
    expect(await post({ text: '안녕' })).toBe('200 ok')
    await stop()
    await start()
    clock += 1_000
    const form = new URLSearchParams({ payload: JSON.stringify({ text: 'form' }) }).toString()
    expect(await post(form, undefined, 'application/x-www-form-urlencoded')).toBe('200 ok')
    expect(await kept()).toMatchObject([
      { id: 1, text: '안녕', blocks: [] },
      { id: 2, text: 'form' },
    ])
    expect(await kept('?since=2026-11-24T00:00:01Z')).toMatchObject([{ id: 2 }])
  })

  test.each<[string, unknown, string]>([
    ['no JSON', '{bad', '400 invalid_payload'],
    ['a list', [], '400 invalid_payload'],
    ['nothing to say', {}, '400 no_text'],
    ['an empty text', { text: '' }, '400 no_text'],
    ['a block of no type', { text: 'x', blocks: [{ type: 'heading' }] }, '400 invalid_blocks'],
    ['no block', { text: 'x', blocks: [] }, '400 invalid_blocks'],
  ])('refuses %s as Slack does', async (_, body, answer) => {
    expect(await post(body)).toBe(answer)
    expect(await kept()).toEqual([])
    expect(refusals).toHaveLength(answer.endsWith('blocks') ? 1 : 0)
  })

  test('refuses who does not know the path, and names that lead elsewhere', async () => {
    expect(await post({ text: 'x' }, webhookPath('other'))).toBe('404 no_service')
    const status = await new Promise((resolve, reject) => {
      void import('node:http').then(({ get }) =>
        get(`${origin}/`, { headers: { host: 'evil.example' } }, (response) => {
          response.resume()
          resolve(response.statusCode)
        }).on('error', reject),
      )
    })
    expect(status).toBe(403)
  })

  test('fails as tests order, once for each message', async () => {
    const order = (body: unknown) =>
      fetch(`${origin}/_local/failures`, { method: 'PUT', body: JSON.stringify(body) })
    expect(
      (await order({ next: [{ status: 429, retryAfterSeconds: 7 }, 500, 404, 'hang'] })).status,
    ).toBe(200)
    const limited = await fetch(`${origin}${webhookPath('token')}`, { method: 'POST', body: '{}' })
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await post({ text: 'x' })).toBe('500 rollup_error')
    expect(await post({ text: 'x' })).toBe('404 no_service')
    const hanging = fetch(`${origin}${webhookPath('token')}`, {
      method: 'POST',
      body: '{}',
      signal: AbortSignal.timeout(100),
    })
    await expect(hanging).rejects.toThrow('timeout')
    expect(await post({ text: 'x' })).toBe('200 ok')
    for (const next of [['explode'], [{ status: 429 }], [200], 'hang', undefined])
      expect((await order({ next })).status).toBe(400)
  })

  test('shows what was sent to a person, the latest first, and lets nothing of it run', async () => {
    await post({ text: 'first' })
    await post({
      text: 'fallback',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '🔴 목표 미달: <b>' } },
        {
          type: 'section',
          fields: [{ type: 'mrkdwn', text: '*값*\n93.1 % &lt;script&gt;' }],
        },
        {
          type: 'section',
          text: { type: 'mrkdwn', text: '<https://mlflow.example/#/experiments/3|MLflow>' },
        },
      ],
    })
    const response = await fetch(`${origin}/`)
    const html = await response.text()
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(html).toContain('<h2><span class="plain">🔴 목표 미달: &lt;b&gt;</span></h2>')
    expect(html).toContain('<strong>값</strong><br>93.1 % &lt;script&gt;')
    expect(html).toContain('<a href="http://127.0.0.1:4572/#/experiments/3"')
    expect(html).toContain('2026-11-24 09:00:00 (Asia/Seoul)')
    expect(html.indexOf('목표')).toBeLessThan(html.indexOf('first'))
    expect(html).not.toContain('<script')
  })
})

const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) })
const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) })

test.each<[unknown, string | undefined]>([
  [{ type: 'header', text: plain(150) }, undefined],
  [{ type: 'header', text: plain(151) }, '151 characters, which is more than 150'],
  [{ type: 'header', text: mrkdwn(5) }, 'type must be plain_text'],
  [{ type: 'section', text: mrkdwn(3000) }, undefined],
  [{ type: 'section', text: mrkdwn(3001) }, 'more than 3000'],
  [{ type: 'section', text: mrkdwn(0) }, 'must not be empty'],
  [{ type: 'section' }, 'needs text or fields'],
  [{ type: 'section', fields: Array.from({ length: 10 }, () => mrkdwn(2000)) }, undefined],
  [{ type: 'section', fields: [mrkdwn(2001)] }, 'fields[0] text has 2001'],
  [{ type: 'section', fields: Array.from({ length: 11 }, () => mrkdwn(1)) }, 'more than 10'],
  [{ type: 'section', fields: [] }, 'must be a list with something'],
  [{ type: 'context', elements: [mrkdwn(1), { type: 'image' }] }, 'image_url is missing'],
  [{ type: 'actions', elements: [{ type: 'button', text: plain(76) }] }, 'more than 75'],
  [{ type: 'divider' }, undefined],
  [{ type: 'rich_text', elements: [] }, undefined],
  [{ type: 'constructor' }, 'is no type of block'],
  ['text', 'must have a type'],
])('the block %j is checked as Slack checks it', (block, problem) => {
  const problems = problemsOf({ blocks: [block] })
  if (problem === undefined) expect(problems).toEqual([])
  else expect(problems.join()).toContain(problem)
})

test('51 blocks are too many', () => {
  const divider = { type: 'divider' }
  expect(problemsOf({ blocks: Array.from({ length: 50 }, () => divider) })).toEqual([])
  expect(problemsOf({ blocks: Array.from({ length: 51 }, () => divider) })).toHaveLength(1)
})

test.each([
  ['*bold* _it_ ~no~', '<strong>bold</strong> <em>it</em> <s>no</s>'],
  ['retrieval_precision_at_k 2*3*4', 'retrieval_precision_at_k 2*3*4'],
  ['`a_b_ <c>`', '<code>a_b_ &lt;c&gt;</code>'],
  ['```x\ny```', '<pre>x\ny</pre>'],
  ['a &amp;lt; b &lt;', 'a &amp;lt; b &lt;'],
  [
    '<https://a.example/?x=1&amp;y=2|이름>',
    '<a href="https://a.example/?x=1&amp;y=2" title="https://a.example/?x=1&amp;y=2">이름</a>',
  ],
  ['<javascript:alert(1)|x>', '<span class="mention">x</span>'],
  ['<!channel>', '<span class="mention">!channel</span>'],
  ['"><img src=x>', '&quot;&gt;<span class="mention">img src=x</span>'],
])('the markup %j becomes %j', (text, html) => {
  expect(markupToHtml(text, (url) => url)).toBe(html)
})
