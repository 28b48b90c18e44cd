import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { root } from '../../local/install.mjs'
import { outsideDirectory } from '../../local/postgres-directory.ts'
import { endLeftovers } from '../../local/process-records.ts'
import { recordsIn, runningSupervisor } from '../../local/running.ts'
import { readSettings } from '../../local/settings.ts'
import { readStackFile, type RunningStack } from '../../local/stack-file.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The deployed local stack of the tests: addresses, outputs and keys. */
    stack: RunningStack
  }
}

/** A stack of the tests' own, beside the one that `npm start` may be running. */
const environment = {
  ...process.env,
  TOWNIN_PORT_BASE: process.env.TOWNIN_TEST_PORT_BASE || '5566',
  TOWNIN_DATA: join('.local', 'test'),
}

/** Removes what an earlier run has left, so that every run starts from nothing. */
const clear = async (data: string): Promise<void> => {
  const other = runningSupervisor(data)
  if (other !== undefined)
    throw new Error(`Tests already run with ${data} (process ${other}): wait for them to end.`)
  await endLeftovers(recordsIn(data))
  const outside = outsideDirectory(data)
  if (outside) rmSync(outside, { recursive: true, force: true })
  rmSync(data, { recursive: true, force: true })
}

/** Starts and deploys a whole stack before the end-to-end tests, and ends it after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { data } = readSettings(environment)
  await clear(data)
  const supervisor = spawn(process.execPath, [join('local', 'start.ts'), '--without-demo'], {
    cwd: root,
    // Ended with the tests, also when these are killed.
    env: { ...environment, TOWNIN_END_WITH: String(process.pid), TOWNIN_STARTED_AT: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches the tests, which then end the stack.
    detached: true,
  })
  const ended = once(supervisor, 'exit')
  const isUp = Promise.withResolvers<'up'>()
  let output = ''
  const listen = (chunk: Buffer): void => {
    output += chunk.toString('utf8')
    if (output.includes('The stack is up.')) isUp.resolve('up')
  }
  supervisor.stdout.on('data', listen)
  supervisor.stderr.on('data', listen)
  const first = await Promise.race([isUp.promise, ended])
  const stack = readStackFile(data)
  if (first !== 'up' || !stack) throw new Error(`The stack of the tests did not start.\n${output}`)
  project.provide('stack', stack)
  return async () => {
    if (supervisor.exitCode === null) supervisor.kill('SIGTERM')
    await ended
  }
}
