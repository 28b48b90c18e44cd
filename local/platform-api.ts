import type * as z from 'zod'
import { askFrontDoor } from './front-door.ts'
import type { RunningStack } from './stack-file.ts'

/**
 * Asks the platform's own API, by the front door, signed with the client's key; throws when it answers anything but
 * what the schema says.
 */
export const ask = async <Schema extends z.ZodType>(
  stack: RunningStack,
  schema: Schema,
  path: string,
  sent: { readonly query?: Readonly<Record<string, string>>; readonly body?: unknown } = {},
): Promise<z.infer<Schema>> => {
  const caller = {
    trackingUri: stack.outputs.platform.TrackingUri ?? '',
    region: stack.region,
    key: stack.client,
  }
  const query = new URLSearchParams(sent.query).toString()
  const target = query === '' ? path : `${path}?${query}`
  const { status, text } = await askFrontDoor(caller, target, sent.body)
  if (status < 200 || status > 299) throw new Error(`${path} answered ${status}: ${text}`)
  return schema.parse(JSON.parse(text))
}
