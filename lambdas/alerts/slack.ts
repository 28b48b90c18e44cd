import {
  IncomingWebhook,
  IncomingWebhookHTTPError,
  type IncomingWebhookSendArguments,
} from '@slack/webhook'
import type { SlackMessage } from './block-kit.ts'

/** Slack did not take a message. Its text says what to do, and never holds the webhook's address. */
export class NotDelivered extends Error {
  override readonly name = 'NotDelivered'
}

/** How a webhook is reached. */
export interface SlackOptions {
  /** Name of the secret that holds the webhook's address, for error messages. */
  readonly secretName: string
  /** Milliseconds that one attempt may take. @default 8,000 */
  readonly timeout?: number
  /** Longest wait, in milliseconds, that Slack may ask for before a second attempt. @default 10,000 */
  readonly longestWait?: number
  readonly sleep?: (milliseconds: number) => Promise<unknown>
}

/** What Slack's answers mean. Source: Slack's page on incoming webhooks. */
const advice: Readonly<Record<string, string>> = {
  no_service: 'the webhook was removed or is disabled. Make a new one and store its address in',
  no_service_id: 'the address of the webhook is incomplete. Store the whole address in',
  no_active_hooks: 'the webhook is disabled. Make a new one and store its address in',
  invalid_token: 'the webhook was revoked. Make a new one and store its address in',
  no_team: 'the workspace is gone. Make a webhook elsewhere and store its address in',
  team_disabled: 'the workspace is disabled. Make a webhook elsewhere and store its address in',
  channel_not_found: 'the channel is gone. Make a webhook for another one and store its address in',
  channel_is_archived:
    'the channel is archived. Unarchive it, or make a webhook for another one and store its address in',
  action_prohibited:
    "an administrator does not allow it. Ask them, or store another webhook's address in",
  posting_to_general_channel_denied:
    'it may not post to this channel. Make a webhook for another one and store its address in',
}

/** The platform's messages are wrong: nobody can mend that by a setting. */
const ourFault = new Set(['invalid_payload', 'invalid_blocks', 'invalid_blocks_format', 'no_text'])

/**
 * Posts a message to an incoming webhook. A 429 that asks for a short wait is obeyed once; whoever called tries again
 * later for everything else, so nothing more is repeated here.
 */
export async function postToSlack(
  address: string,
  message: SlackMessage,
  options: SlackOptions,
): Promise<void> {
  const { secretName, timeout = 8_000, longestWait = 10_000 } = options
  requireAddress(address, secretName)
  const sleep =
    options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)))
  let retryAfter: string | null = null
  const webhook = new IncomingWebhook(address, {
    timeout,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      // The library keeps the status and the body of a refusal, but no headers.
      retryAfter = response.headers.get('retry-after')
      return response
    },
  })
  const send = () => webhook.send(message as IncomingWebhookSendArguments)
  try {
    await send().catch(async (error: unknown) => {
      const wait = Number(retryAfter ?? Number.NaN) * 1_000
      const mayWait =
        error instanceof IncomingWebhookHTTPError && error.statusCode === 429 && wait <= longestWait
      if (!mayWait) throw error
      await sleep(wait)
      await send()
    })
  } catch (error) {
    throw explain(error, secretName, retryAfter, address)
  }
}

function requireAddress(address: string, secretName: string): void {
  const url = URL.parse(address)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new NotDelivered(
      `The secret ${secretName} must hold the address of an incoming webhook of Slack and nothing else, such as https://hooks.slack.com/services/….`,
    )
  }
}

function explain(
  error: unknown,
  secretName: string,
  retryAfter: string | null,
  address: string,
): NotDelivered {
  if (!(error instanceof IncomingWebhookHTTPError)) {
    const cause = error instanceof Error ? reasonOf(error) : String(error)
    return new NotDelivered(
      `Slack did not answer (${cause.replaceAll(address, 'the webhook').slice(0, 200)}). The message is tried again.`,
    )
  }
  const { statusCode, body } = error
  const answer = body.replaceAll(address, 'the webhook').trim().slice(0, 200)
  if (statusCode === 429) {
    return new NotDelivered(
      `Slack takes no more messages for ${retryAfter ?? 'some'} seconds (429). The message is tried again.`,
    )
  }
  if (statusCode >= 500) {
    return new NotDelivered(
      `Slack failed (${statusCode} ${answer}). The message is tried again.`.replace(' )', ')'),
    )
  }
  if (ourFault.has(answer)) {
    return new NotDelivered(
      `Slack cannot read the message (${statusCode} ${answer}): this is a mistake in lambdas/alerts. Please report it with the message, which the dead-letter queue keeps.`,
    )
  }
  const why = Object.hasOwn(advice, answer)
    ? advice[answer]
    : 'see what its answer means on the page of Slack on incoming webhooks, and check the address in'
  return new NotDelivered(
    `Slack refused the message (${statusCode} ${answer}): ${why} the secret ${secretName}. Then send the messages of the dead-letter queue again.`,
  )
}

/** The first cause, which says more than `fetch failed`. */
function reasonOf(error: Error): string {
  if (error.cause instanceof Error) return reasonOf(error.cause)
  // A connection that was refused on every address of a name has a code but no message.
  return error.message || ('code' in error ? String(error.code) : error.name)
}
