import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { environments } from '../../config/environments.ts'
import { readSettings } from '../settings.ts'
import { readStackFile } from '../stack-file.ts'
import { Advice } from './advice.ts'
import { type ConnectCommand, instructions, readCommand, USAGE } from './command.ts'
import { findTrackingUri } from './front-door.ts'
import { startProxy } from './proxy.ts'
import type { Credentials } from '../../lambdas/platform/signing/signing.ts'

interface Destination {
  readonly trackingUri: string
  readonly region: string
  readonly credentials: Credentials
}

/** The front door of the local stack, with the key of its demo client. */
function localDestination(command: ConnectCommand): Destination {
  // The supervisor of the local stack hands these over; on their own they may be the user's.
  const { CONNECT_PORT, MLFLOW_TRACKING_URI, AWS_REGION } = process.env
  if (CONNECT_PORT && MLFLOW_TRACKING_URI) {
    return {
      trackingUri: command.uri ?? MLFLOW_TRACKING_URI,
      region: AWS_REGION ?? environments.local.region,
      credentials: defaultProvider(),
    }
  }
  const settings = readSettings(process.env)
  const stack = readStackFile(settings.data)
  const trackingUri = command.uri ?? stack?.outputs.platform.TrackingUri
  if (!stack || !trackingUri) {
    throw new Advice(
      `No local stack runs with ${settings.data}. Start it with "npm start" in another terminal.`,
    )
  }
  return { trackingUri, region: stack.region, credentials: stack.person }
}

/** The front door of a deployed environment, with the user's own credentials. */
async function awsDestination(command: ConnectCommand): Promise<Destination> {
  const { region } = environments[command.environment as keyof typeof environments]
  const credentials = defaultProvider(command.profile ? { profile: command.profile } : {})
  const { AWS_ENDPOINT_URL_CLOUDFORMATION, AWS_ENDPOINT_URL } = process.env
  const endpoint = AWS_ENDPOINT_URL_CLOUDFORMATION ?? AWS_ENDPOINT_URL
  const trackingUri =
    command.uri ??
    (await findTrackingUri({
      environment: command.environment,
      region,
      credentials,
      ...(endpoint && { endpoint }),
    }))
  return { trackingUri, region, credentials }
}

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2), Object.keys(environments))
  if (command.help) {
    console.log(USAGE)
    return
  }
  const destination =
    command.environment === 'local' ? localDestination(command) : await awsDestination(command)
  const port =
    command.port ?? (Number(process.env.CONNECT_PORT) || readSettings(process.env).ports.connect)
  const proxy = await startProxy({
    ...destination,
    port,
    environment: command.environment,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Advice(`Port ${port} is taken. Choose another with --port.`)
  })
  console.log(instructions(command.environment, proxy.url))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void proxy.close().then(() => process.exit(0)))
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Advice ? error.message : error)
  process.exitCode = 1
}
