import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import pg from 'pg'
import { inject } from 'vitest'
import { clientVariables } from '../../local/demo.ts'
import { askFrontDoor } from '../../local/front-door.ts'
import { readSettings } from '../../local/settings.ts'

/** The deployed stack of the tests. */
export const stack = inject('stack')

/** What an AWS client of a test needs to reach the emulator as administrator. */
export const asAdministrator = {
  endpoint: stack.endpoint,
  region: stack.region,
  credentials: stack.administrator,
}

/** The value of an output of the platform stack. */
export function output(name: string): string {
  const value = stack.outputs.platform[name]
  if (value === undefined) throw new Error(`The platform stack has no output ${name}.`)
  return value
}

/** Calls the front door as a client, and returns status and JSON whatever it answers. */
export async function callFrontDoor(
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const { status, text } = await askFrontDoor(
    { trackingUri: output('TrackingUri'), region: stack.region, key: stack.client },
    path,
    body,
  )
  return { status, body: JSON.parse(text) as Record<string, unknown> }
}

/** Runs a function to its end; `error` is what it failed with. */
export async function runLambda(
  functionName: string,
  payload: object,
): Promise<{ result?: Record<string, unknown>; error?: string }> {
  const lambda = new LambdaClient({ ...asAdministrator, maxAttempts: 1 })
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: functionName,
      Payload: Buffer.from(JSON.stringify(payload)),
    }),
  )
  const text = Buffer.from(answer.Payload ?? []).toString()
  if (answer.FunctionError !== undefined) return { error: text }
  return { result: JSON.parse(text) as Record<string, unknown> }
}

/** Runs the cost job to its end. */
export function runCostJob(payload: object = { action: 'settle' }): ReturnType<typeof runLambda> {
  return runLambda(output('CostJobFunction'), payload)
}

/** Ids of the processes in which a function runs at the moment. */
export function processesOf(functionName: string): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const variables = readFileSync(join('/proc', entry, 'environ'), 'utf8').split('\0')
        return variables.includes(`AWS_LAMBDA_FUNCTION_NAME=${functionName}`)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Runs a statement as the superuser of the local Postgres. */
export async function queryDatabase<Row extends pg.QueryResultRow>(
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: stack.ports.postgres,
    ...stack.postgres,
    database: 'mlops',
  })
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}

/** Asks the supervisor's control endpoint. */
export function askControl(method: 'GET' | 'POST', path: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${stack.ports.control}${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${stack.controlToken}`,
    },
    ...(method === 'POST' && { body: '{}' }),
  })
}

/** Restarts a process of the stack, such as `postgres`. */
export async function restart(name: string): Promise<void> {
  const answer = await askControl('POST', `/processes/${name}/restart`)
  if (answer.status !== 200) throw new Error(`${name} was not restarted: ${await answer.text()}`)
}

/** Runs a Python program as the client, and returns what it printed. */
export async function runPython(
  args: readonly string[],
  more: Record<string, string> = {},
): Promise<string> {
  const settings = readSettings({ ...process.env, TOWNIN_PORT_BASE: String(stack.ports.emulator) })
  const { stdout } = await promisify(execFile)(stack.python, [...args], {
    env: {
      PATH: process.env['PATH'],
      ...clientVariables(settings, output('TrackingUri'), stack.client),
      ARTIFACT_BUCKET: output('ArtifactBucket'),
      ...more,
    },
    maxBuffer: 64 * 1024 * 1024,
  })
  return stdout
}
