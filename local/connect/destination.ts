import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { environments } from '../../config/environments.ts'
import type { Credentials } from '../../lambdas/platform/signing/signing.ts'
import { readSettings } from '../settings.ts'
import { readStackFile } from '../stack-file.ts'
import { Advice } from './advice.ts'
import { findTrackingUri } from './front-door.ts'

/** Which front door is meant. */
export interface WantedDestination {
  readonly environment: string
  /** AWS profile. @default the usual chain */
  readonly profile?: string
  /** Address of the front door. @default output `TrackingUri` of the stack */
  readonly uri?: string
}

/** Where requests go, and who they are signed by. */
export interface Destination {
  readonly trackingUri: string
  readonly region: string
  readonly credentials: Credentials
}

/** The front door of an environment and who may call it. Throws `Advice` when there is none. */
export async function findDestination(wanted: WantedDestination): Promise<Destination> {
  return wanted.environment === 'local' ? localDestination(wanted) : awsDestination(wanted)
}

/** The front door of the local stack, with the key of its demo client. */
function localDestination(wanted: WantedDestination): Destination {
  // The supervisor of the local stack hands these over; on their own they may be the user's.
  const { CONNECT_PORT, MLFLOW_TRACKING_URI, AWS_REGION } = process.env
  if (CONNECT_PORT && MLFLOW_TRACKING_URI) {
    return {
      trackingUri: wanted.uri ?? MLFLOW_TRACKING_URI,
      region: AWS_REGION ?? environments.local.region,
      credentials: defaultProvider(),
    }
  }
  const settings = readSettings(process.env)
  const stack = readStackFile(settings.data)
  const trackingUri = wanted.uri ?? stack?.outputs.platform.TrackingUri
  if (!stack || !trackingUri) {
    throw new Advice(
      `No local stack runs with ${settings.data}. Start it with "npm start" in another terminal.`,
    )
  }
  return { trackingUri, region: stack.region, credentials: stack.person }
}

/** The front door of a deployed environment, with the user's own credentials. */
async function awsDestination(wanted: WantedDestination): Promise<Destination> {
  const { region } = environments[wanted.environment as keyof typeof environments]
  const credentials = defaultProvider(wanted.profile ? { profile: wanted.profile } : {})
  const { AWS_ENDPOINT_URL_CLOUDFORMATION, AWS_ENDPOINT_URL } = process.env
  const endpoint = AWS_ENDPOINT_URL_CLOUDFORMATION ?? AWS_ENDPOINT_URL
  const trackingUri =
    wanted.uri ??
    (await findTrackingUri({
      environment: wanted.environment,
      region,
      credentials,
      ...(endpoint && { endpoint }),
    }))
  return { trackingUri, region, credentials }
}
