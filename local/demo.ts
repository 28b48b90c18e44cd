import { join } from 'node:path'
import type { AccessKey } from './administrator.ts'
import { childEnvironment } from './child-environment.ts'
import { llmKey } from './emulator.ts'
import type { Processes } from './processes.ts'
import { endpointOf, type Settings } from './settings.ts'
import type { RunningStack } from './stack-file.ts'

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
        OPENAI_API_KEY: llmKey,
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

/** Runs example programs side by side; what they print is in the logs `demo-<example>`. */
export const runExamples = async (
  settings: Settings,
  processes: Processes,
  stack: RunningStack,
  examples: readonly string[],
): Promise<void> => {
  const variables = clientVariables(
    settings,
    stack.outputs.platform.TrackingUri ?? '',
    stack.client,
  )
  await Promise.all(
    examples.map((example) =>
      processes.run(
        {
          name: `demo-${example}`,
          command: join(settings.pythonBin, 'python'),
          args: [join('examples', `${example}.py`)],
          cwd: settings.root,
          env: childEnvironment(settings, process.env, { ...variables, PYTHONUNBUFFERED: '1' }),
        },
        withinSeconds,
      ),
    ),
  )
}
