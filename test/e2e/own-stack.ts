import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../local/install.mjs'
import { outsideDirectory } from '../../local/postgres-directory.ts'
import { endLeftovers } from '../../local/process-records.ts'
import { recordsIn, runningSupervisor } from '../../local/running.ts'
import { readSettings } from '../../local/settings.ts'
import { readStackFile, type RunningStack } from '../../local/stack-file.ts'

/** A stack that was started, and how to end it. */
export interface OwnStack {
  readonly stack: RunningStack
  end(): Promise<void>
}

/** Removes what an earlier run has left, so that every run starts from nothing. */
const clear = async (data: string): Promise<void> => {
  const other = runningSupervisor(data)
  if (other !== undefined)
    throw new Error(`Something already runs with ${data} (process ${other}): wait for it to end.`)
  await endLeftovers(recordsIn(data))
  const outside = outsideDirectory(data)
  if (outside) rmSync(outside, { recursive: true, force: true })
  rmSync(data, { recursive: true, force: true })
}

/**
 * Starts and deploys a whole stack beside the one that `npm start` may be running, from nothing and without the demo.
 * It ends with this process, also when this is killed.
 *
 * @param portBase the first of its ports
 * @param name of its directory below `.local`
 */
export async function startOwnStack(portBase: string, name: string): Promise<OwnStack> {
  const environment = {
    ...process.env,
    TOWNIN_PORT_BASE: portBase,
    TOWNIN_DATA: join('.local', name),
  }
  const { data } = readSettings(environment)
  await clear(data)
  const supervisor = spawn(process.execPath, [join('local', 'start.ts'), '--without-demo'], {
    cwd: root,
    env: { ...environment, TOWNIN_END_WITH: String(process.pid), TOWNIN_STARTED_AT: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C reaches this process, which then ends the stack.
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
  if (first !== 'up' || !stack) throw new Error(`The stack did not start.\n${output}`)
  return {
    stack,
    async end() {
      if (supervisor.exitCode === null) supervisor.kill('SIGTERM')
      await ended
    },
  }
}
