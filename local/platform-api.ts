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
  query: Readonly<Record<string, string>> = {},
): Promise<z.infer<Schema>> => {
  const caller = {
    trackingUri: stack.outputs.platform.TrackingUri ?? '',
    region: stack.region,
    key: stack.client,
  }
  const { status, text } = await askFrontDoor(
    caller,
    `${path}?${new URLSearchParams(query).toString()}`,
  )
  if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${text}`)
  return schema.parse(JSON.parse(text))
}
