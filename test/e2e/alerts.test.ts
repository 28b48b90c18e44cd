import { setTimeout as pause } from 'node:timers/promises'
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  SetAlarmStateCommand,
  type StateValue,
} from '@aws-sdk/client-cloudwatch'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { asAdministrator, runPython, stack } from './platform.ts'

const cloudWatch = new CloudWatchClient(asAdministrator)
const sink = `http://127.0.0.1:${stack.ports.slack}`
/** Its verdicts are those of evaluations, so nothing else changes it while these tests run. */
const alarm = 'townin-mlops-local-fp-copilot-hallucination_rate'
let began: number

const setState = (StateValue: StateValue) =>
  cloudWatch.send(
    new SetAlarmStateCommand({ AlarmName: alarm, StateValue, StateReason: 'A test says so.' }),
  )

const stateOf = async (name: string) =>
  (await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))).MetricAlarms?.[0]
    ?.StateValue

/** Messages on the alarm since the test began. */
const messages = async (): Promise<string[]> => {
  const answer = await fetch(`${sink}/_local/messages?since=${began}`)
  const body = (await answer.json()) as { messages: { text: string; blocks: unknown[] }[] }
  return body.messages
    .filter(({ blocks }) => JSON.stringify(blocks).includes(alarm))
    .map(({ text }) => text)
}

const until = async (isSo: () => Promise<boolean>, seconds = 60): Promise<void> => {
  const deadline = Date.now() + seconds * 1_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`It is not so after ${seconds} s.`)
    await pause(250)
  }
}

const failNext = async (next: readonly unknown[]): Promise<void> => {
  const body = JSON.stringify({ next })
  const answer = await fetch(`${sink}/_local/failures`, { method: 'PUT', body })
  expect(answer.status).toBe(200)
}

beforeEach(async () => {
  await setState('INSUFFICIENT_DATA')
  began = Date.now()
})

afterEach(() => failNext([]))

describe('an alarm on a goal', () => {
  test('reaches Slack in Korean, and so does its end, but not its first good figure', async () => {
    await setState('OK')
    await setState('ALARM')
    await until(async () => (await messages()).length > 0)
    await setState('OK')
    await until(async () => (await messages()).length > 1)
    expect(await messages()).toEqual([
      '목표 미달: fp-copilot · 환각률 – 목표 5 % 이하',
      '목표 회복: fp-copilot · 환각률 – 목표 5 % 이하',
    ])
  })

  test('reaches Slack once when Slack is down for a moment or takes no more for a second', async () => {
    await failNext([500, 429])
    await setState('ALARM')
    await until(async () => (await messages()).length > 0)
    expect(await messages()).toHaveLength(1)
  })

  test('that Slack does not take is kept, and an alarm says so', async () => {
    await failNext([404, 500, 503])
    await setState('ALARM')
    const undelivered = 'townin-mlops-local-alerts-undelivered'
    await until(async () => (await stateOf(undelivered)) === 'ALARM', 90)
    expect(await messages()).toEqual([])
    // The alarm may still be on from an earlier run, so the queue has the last word.
    let kept = ''
    await until(async () => {
      kept += await runPython(['-c', emptyQueue], {
        AWS_ACCESS_KEY_ID: stack.administrator.accessKeyId,
        AWS_SECRET_ACCESS_KEY: stack.administrator.secretAccessKey,
      })
      return kept.includes(alarm)
    })
    expect(kept).toContain('Slack failed (503 rollup_error)')
  })
})

/** Prints and removes what the alerts' dead-letter queue holds. */
const emptyQueue = `
import boto3
sqs = boto3.client("sqs")
for url in sqs.list_queues().get("QueueUrls", []):
    if "SlackAlerts" not in url:
        continue
    for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        print(message["Body"])
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
`
