import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { administratorKey } from './administrator.ts'
import { childEnvironment } from './child-environment.ts'
import { postgresAdministrator, postgresPassword } from './postgres.ts'
import type { Service } from './processes.ts'
import { endpointOf, type Settings } from './settings.ts'

const answers = async (url: string): Promise<boolean> => {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) })
  await response.arrayBuffer()
  return response.status < 500
}

/** Environment of programs that work as the emulated account's administrator. */
export const administratorEnvironment = (settings: Settings): Record<string, string> => {
  const key = administratorKey(settings.data)
  return childEnvironment(settings, process.env, {
    AWS_ACCESS_KEY_ID: key.accessKeyId,
    AWS_SECRET_ACCESS_KEY: key.secretAccessKey,
    AWS_REGION: settings.region,
    AWS_DEFAULT_REGION: settings.region,
    AWS_ENDPOINT_URL: endpointOf(settings),
  })
}

/**
 * Functions are unpacked below the project, whose package.json would make them ES modules; on AWS
 * no package.json is above them. An empty one stops the search.
 */
const asOnAws = (directory: string): string => {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'package.json'), '{}')
  return directory
}

/** The emulated AWS, with IAM enforced. It asks the supervisor to run ECS services, with the token. */
export const emulator = (settings: Settings, controlToken: string): Service => {
  const { ports } = settings
  return {
    name: 'emulator',
    command: join(settings.pythonBin, 'python'),
    args: [join('local', 'emulator', 'main.py')],
    cwd: settings.root,
    env: {
      ...administratorEnvironment(settings),
      AUTH: 'true',
      GATEWAY_PORT: String(ports.emulator),
      // Functions read the addresses of this stack from config/environments.ts, too.
      TOWNIN_PORT_BASE: String(ports.emulator),
      LOCAL_EMULATOR_DATA: asOnAws(join(settings.data, 'emulator')),
      LOCAL_DATA_API_PORT: String(ports.dataApi),
      LOCAL_PG_PORT: String(ports.postgres),
      LOCAL_PG_ADMIN: postgresAdministrator,
      LOCAL_PG_PASSWORD: postgresPassword(settings.data),
      LOCAL_MLFLOW_PORT: String(ports.mlflow),
      LOCAL_SUPERVISOR_PORT: String(ports.control),
      LOCAL_SUPERVISOR_TOKEN: controlToken,
      // Functions that the CDK brings along find the AWS SDK here.
      NODE_PATH: join(settings.root, 'node_modules'),
      PYTHONUNBUFFERED: '1',
    },
    // It would wait for functions that hang; what it keeps is on disk at any time.
    stopWithinSeconds: 3,
    readyWithinSeconds: 60,
    isReady: () => answers(`${endpointOf(settings)}/_ministack/ready`),
  }
}

/** A program of this directory that runs in Node. */
export const nodeProgram = (
  settings: Settings,
  name: string,
  script: string,
  env: Record<string, string>,
) => ({
  name,
  command: join(settings.nodeBin, 'node'),
  args: [join('local', script)],
  cwd: settings.root,
  env: childEnvironment(settings, process.env, env),
  readyWithinSeconds: 30,
})

/** The RDS Data API in front of the local Postgres. */
export const dataApi = (settings: Settings): Service => ({
  ...nodeProgram(settings, 'data-api', 'data-api/main.ts', {
    LOCAL_DATA_API_PORT: String(settings.ports.dataApi),
    LOCAL_PG_PORT: String(settings.ports.postgres),
  }),
  isReady: () => answers(`http://127.0.0.1:${settings.ports.dataApi}/`),
})

/** The key with which the stand-in's usage API is asked. */
export const llmAdministratorKey = 'sk-admin-local'

/** A key with which the stand-in's models are asked. */
export const llmKey = 'sk-local'

/** The stand-in for an LLM provider. */
export const llm = (settings: Settings): Service => ({
  ...nodeProgram(settings, 'llm', 'llm/main.ts', {
    LOCAL_LLM_PORT: String(settings.ports.llm),
    LOCAL_LLM_DATA: join(settings.data, 'llm'),
    LOCAL_LLM_ADMIN_KEY: llmAdministratorKey,
  }),
  isReady: () => answers(`http://127.0.0.1:${settings.ports.llm}/`),
})
