import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { childEnvironment } from './child-environment.ts'
import type { Service } from './processes.ts'
import { endpointOf, type Settings } from './settings.ts'
import type { RunningStack } from './stack-file.ts'

/** The signing proxy in front of the local stack's front door, with the key of a person. */
export const connectProxy = (settings: Settings, stack: RunningStack): Service => {
  const script = join('local', 'connect', 'main.ts')
  if (!existsSync(join(settings.root, script))) throw new Error(`There is no ${script}.`)
  return {
    name: 'connect',
    command: join(settings.nodeBin, 'node'),
    args: [script, stack.environment],
    cwd: settings.root,
    env: childEnvironment(settings, process.env, {
      AWS_ACCESS_KEY_ID: stack.person.accessKeyId,
      AWS_SECRET_ACCESS_KEY: stack.person.secretAccessKey,
      AWS_REGION: stack.region,
      AWS_ENDPOINT_URL: endpointOf(settings),
      MLFLOW_TRACKING_URI: stack.outputs.platform.TrackingUri ?? '',
      CONNECT_PORT: String(settings.ports.connect),
    }),
    readyWithinSeconds: 30,
    isReady: async () => {
      const response = await fetch(`http://127.0.0.1:${settings.ports.connect}/version`)
      await response.arrayBuffer()
      return response.ok
    },
  }
}
