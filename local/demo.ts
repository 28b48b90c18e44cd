import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { AccessKey } from './administrator.ts'
import { childEnvironment } from './child-environment.ts'
import type { Processes } from './processes.ts'
import { endpointOf, type Settings } from './settings.ts'

const script = join('examples', 'graphrag.py')
const withinSeconds = 300

/** The variables of a Python program that is a client of the stack: stock MLflow and our plugin. */
export const clientVariables = (
  settings: Settings,
  trackingUri: string,
  key: AccessKey,
): Record<string, string> => {
  const provider: Record<string, string> = process.env.OPENAI_API_KEY
    ? {}
    : {
        OPENAI_API_KEY: 'sk-local',
        OPENAI_BASE_URL: `http://127.0.0.1:${settings.ports.llm}/v1`,
      }
  return {
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_REGION: settings.region,
    AWS_DEFAULT_REGION: settings.region,
    AWS_ENDPOINT_URL: endpointOf(settings),
    MLFLOW_S3_ENDPOINT_URL: endpointOf(settings),
    MLFLOW_TRACKING_URI: trackingUri,
    MLFLOW_TRACKING_AUTH: 'townin',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    ...provider,
  }
}

/** Sends the demo's traffic; its output is in the log `demo`. */
export const runDemo = async (
  settings: Settings,
  processes: Processes,
  trackingUri: string,
  key: AccessKey,
): Promise<void> => {
  if (!existsSync(join(settings.root, script)))
    throw new Error(`There is no ${script}, which sends the demo's traffic.`)
  await processes.run(
    {
      name: 'demo',
      command: join(settings.pythonBin, 'python'),
      args: [script],
      cwd: settings.root,
      env: childEnvironment(settings, process.env, {
        ...clientVariables(settings, trackingUri, key),
        PYTHONUNBUFFERED: '1',
      }),
    },
    withinSeconds,
  )
}
