import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AccessKey } from './administrator.ts'
import type { Outputs } from './deployment.ts'
import type { Ports } from './settings.ts'

/** What others need in order to work with a running local stack. It is there while the stack is. */
export interface RunningStack {
  readonly environment: string
  readonly region: string
  readonly account: string
  readonly endpoint: string
  readonly ports: Ports
  /** The Python with the packages of the clients and the examples. */
  readonly python: string
  /** Outputs of both stacks. */
  readonly outputs: { readonly data: Outputs; readonly platform: Outputs }
  /** May do everything in the emulated account. */
  readonly administrator: AccessKey
  /** May do what the client policy allows. */
  readonly client: AccessKey
  /** May also see MLflow's pages: the signing proxy calls as this one. */
  readonly person: AccessKey
  /** Bearer token of the supervisor's control endpoint. */
  readonly controlToken: string
  readonly postgres: { readonly user: string; readonly password: string }
}

const fileIn = (data: string): string => join(data, 'stack.json')

/** Writes the file, readable by its owner only, since it holds keys. */
export const writeStackFile = (data: string, stack: RunningStack): void => {
  const unfinished = `${fileIn(data)}.new`
  writeFileSync(unfinished, JSON.stringify(stack, undefined, 2), { mode: 0o600 })
  renameSync(unfinished, fileIn(data))
}

/** Reads the file; undefined when no stack has been started with this data directory. */
export const readStackFile = (data: string): RunningStack | undefined =>
  existsSync(fileIn(data))
    ? (JSON.parse(readFileSync(fileIn(data), 'utf8')) as RunningStack)
    : undefined

/** Removes the file when the stack ends. */
export const removeStackFile = (data: string): void => rmSync(fileIn(data), { force: true })
