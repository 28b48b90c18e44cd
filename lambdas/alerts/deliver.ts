import * as z from 'zod'
import { findGoal } from './goals.ts'
import type { SlackMessage } from './block-kit.ts'
import {
  alarmMessage,
  budgetMessage,
  type GoalFacts,
  goalMessage,
  type MessageOptions,
  otherMessage,
  rollbackMessage,
} from './message.ts'
import { type AlarmChange, type Notification, readNotification } from './notification.ts'
import type { Evidence, GoalChange } from './read-evidence.ts'
import type { Workload } from '../domain/workload.ts'

/** All that delivering needs from outside. */
export interface Delivery {
  readonly options: MessageOptions
  readonly workloads: readonly Workload[]
  /** Rejects when the database does not answer in time. */
  readonly readEvidence: (change: GoalChange) => Promise<Evidence | undefined>
  /** Rejects when Slack did not take the message. */
  readonly post: (message: SlackMessage) => Promise<void>
  readonly now: () => Date
  readonly log: (message: string, details: Record<string, unknown>) => void
}

const snsEvent = z.object({ Records: z.array(z.unknown()).min(1) })

const snsRecord = z.object({
  Sns: z.object({
    MessageId: z.string().catch(''),
    Subject: z.string().nullish(),
    Message: z.string(),
    Timestamp: z.string().nullish(),
  }),
})

/**
 * Turns what SNS delivers into messages for Slack. Each record is tried whatever becomes of the others; what could not
 * be sent is told by one error at the end, so that the event is delivered again. SNS hands over one record at a time;
 * of an event with several, made by hand, those that were sent would be sent again.
 */
export async function deliver(event: unknown, delivery: Delivery): Promise<void> {
  const parsed = snsEvent.safeParse(event)
  if (!parsed.success) {
    throw new Error('The event has no records of SNS: subscribe this function to the alert topic.')
  }
  const failures: string[] = []
  for (const record of parsed.data.Records) {
    try {
      await deliverRecord(record, delivery)
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error))
    }
  }
  const [first] = failures
  if (first === undefined) return
  const { length } = parsed.data.Records
  throw new Error(
    length === 1 ? first : `${failures.length} of ${length} messages were not sent: ${first}`,
  )
}

async function deliverRecord(record: unknown, delivery: Delivery): Promise<void> {
  const notification = notificationOf(record, delivery.now())
  const details =
    notification.kind === 'alarm'
      ? { alarm: notification.name, state: notification.state, was: notification.earlierState }
      : { kind: notification.kind }
  if (!isNews(notification)) {
    delivery.log('not announced', details)
    return
  }
  await delivery.post(await messageOn(notification, delivery))
  delivery.log('announced', details)
}

function notificationOf(record: unknown, now: Date): Notification {
  const parsed = snsRecord.safeParse(record)
  if (!parsed.success) return { kind: 'other', subject: '', text: JSON.stringify(record) ?? '' }
  const { Subject, Message, Timestamp } = parsed.data.Sns
  const at = new Date(Timestamp ?? '')
  return readNotification({
    subject: Subject ?? '',
    message: Message,
    at: Number.isNaN(at.getTime()) ? now : at,
  })
}

/** An alarm that has got its first data, or has none any more, is no news. */
function isNews(notification: Notification): boolean {
  if (notification.kind !== 'alarm') return true
  const { state, earlierState } = notification
  return state === 'ALARM' || (state === 'OK' && earlierState === 'ALARM')
}

async function messageOn(notification: Notification, delivery: Delivery): Promise<SlackMessage> {
  const { options } = delivery
  if (notification.kind === 'budget') return budgetMessage(notification, options)
  if (notification.kind === 'rollback') return rollbackMessage(notification, options)
  if (notification.kind === 'other') return otherMessage(notification, options)
  const { goal } = notification
  if (goal === undefined) return alarmMessage(notification, options)
  const facts = await factsOn(notification, goal, delivery)
  return goalMessage({ ...notification, goal }, facts, options)
}

async function factsOn(
  alarm: AlarmChange,
  { workload, metric }: { readonly workload: string; readonly metric: string },
  delivery: Delivery,
): Promise<GoalFacts> {
  const { isQuality, ...known } = findGoal(delivery.workloads, workload, metric)
  if (!isQuality) return { ...known, evidence: 'not-kept' }
  try {
    const evidence = await delivery.readEvidence({
      workload,
      metric,
      verdict: alarm.state === 'ALARM' ? 'missed' : 'met',
      changedAt: alarm.changedAt,
    })
    return { ...known, evidence: evidence ?? 'none' }
  } catch (error) {
    // The message matters more than its figures.
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    delivery.log('no figures', { workload, metric, reason })
    return { ...known, evidence: 'unreachable' }
  }
}
