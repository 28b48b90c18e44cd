import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'

/** Something that happened, for whoever listens on the platform's bus. */
export interface PlatformEvent {
  /** Such as `EvaluationCompleted`. */
  readonly type: string
  readonly detail: Readonly<Record<string, unknown>>
}

/** Sends events; throws when the bus did not take one. */
export type SendEvents = (events: readonly PlatformEvent[]) => Promise<void>

/** PutEvents takes ten at a time. */
const eventsPerRequest = 10

/** `source` of the platform's events; rules match on it. */
export const eventSource = 'townin.mlops'

/** Sends to a bus of EventBridge. */
export function eventsTo(client: EventBridgeClient, busName: string): SendEvents {
  return async (events) => {
    for (let start = 0; start < events.length; start += eventsPerRequest) {
      const { FailedEntryCount, Entries } = await client.send(
        new PutEventsCommand({
          Entries: events.slice(start, start + eventsPerRequest).map(({ type, detail }) => ({
            EventBusName: busName,
            Source: eventSource,
            DetailType: type,
            Detail: JSON.stringify(detail),
          })),
        }),
      )
      if ((FailedEntryCount ?? 0) > 0) {
        const why = Entries?.find(({ ErrorMessage }) => ErrorMessage !== undefined)?.ErrorMessage
        throw new Error(`EventBridge did not take ${FailedEntryCount} events: ${why ?? 'unknown'}`)
      }
    }
  }
}
