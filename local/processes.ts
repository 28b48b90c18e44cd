import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { forget, record, signalGroup } from './process-records.ts'

/** A program to run, and how it is ended. */
export interface Program {
  /** Names its log file, and the process in messages. */
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** @default the directory of the supervisor */
  readonly cwd?: string
  /** The user to run as; only root can choose. @default the supervisor's own */
  readonly user?: { readonly uid: number; readonly gid: number }
  /** @default SIGTERM */
  readonly stopSignal?: NodeJS.Signals
  /** How long it may take to end before it is killed. @default 10 */
  readonly stopWithinSeconds?: number
}

/** A program that keeps running. */
export interface Service extends Program {
  /** Asked again and again until it answers true; it may throw while the service is not ready. */
  readonly isReady: () => Promise<boolean>
  readonly readyWithinSeconds: number
}

interface Running {
  readonly program: Program
  readonly child: ChildProcess
  readonly ended: Promise<string>
  stopping: boolean
  /** Why it ended; undefined while it runs. */
  end?: string
}

/** Told of a service that ended although nobody had asked it to. */
export type OnDeath = (name: string, message: string) => void

const pollMilliseconds = 100

/** The last lines of a log, indented, for an error message. */
export const lastLines = (file: string, count = 15): string => {
  try {
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count)
    return lines.map((line) => `  | ${line.slice(0, 500)}`).join('\n')
  } catch {
    return '  | (no log)'
  }
}

/**
 * Starts programs, each in a process group of its own and with a log file of its own, and ends
 * them by these groups: never by name. Ctrl-C in a terminal does not reach them directly, so that
 * they are ended in order.
 */
export class Processes {
  readonly #running = new Map<string, Running>()
  readonly #records: string
  readonly #logs: string
  readonly #onDeath: OnDeath
  #closed = false

  constructor(directories: { records: string; logs: string }, onDeath: OnDeath) {
    this.#records = directories.records
    this.#logs = directories.logs
    this.#onDeath = onDeath
    mkdirSync(this.#logs, { recursive: true })
    // The last resort, for an exit that nobody planned.
    process.once('exit', () => {
      for (const { child } of this.#running.values())
        if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    })
  }

  /** The log file of the program with this name. */
  logOf(name: string): string {
    return join(this.#logs, `${name}.log`)
  }

  /** Names and process ids of what runs now. */
  list(): { name: string; pid: number }[] {
    return [...this.#running.values()]
      .filter((running) => running.end === undefined)
      .map(({ program, child }) => ({ name: program.name, pid: child.pid ?? 0 }))
  }

  /** Starts a service and resolves when it is ready; otherwise ends it and says why, with its log. */
  async start(service: Service): Promise<void> {
    const running = this.#spawn(service)
    const deadline = Date.now() + service.readyWithinSeconds * 1000
    for (;;) {
      if (running.end !== undefined)
        throw new Error(this.#failure(service.name, `${running.end} before it was ready`))
      if (await service.isReady().catch(() => false)) break
      if (Date.now() > deadline) {
        await this.stop(service.name)
        const limit = `was not ready within ${service.readyWithinSeconds} s`
        throw new Error(this.#failure(service.name, limit))
      }
      await sleep(pollMilliseconds)
    }
    void running.ended.then((end) => {
      if (!running.stopping) this.#onDeath(service.name, this.#failure(service.name, end))
    })
  }

  /** Runs a program to its end; throws with the end of its log when it fails or takes too long. */
  async run(program: Program, withinSeconds: number): Promise<void> {
    const running = this.#spawn(program)
    const timeout = new AbortController()
    const limit = sleep(withinSeconds * 1000, 'timeout', { signal: timeout.signal }).catch(() => '')
    const first = await Promise.race([running.ended, limit])
    timeout.abort()
    if (first === 'timeout') {
      await this.stop(program.name)
      throw new Error(this.#failure(program.name, `did not end within ${withinSeconds} s`))
    }
    if (running.child.exitCode !== 0)
      throw new Error(this.#failure(program.name, running.end ?? 'ended'))
  }

  /** Ends a program and everything in its group. Nothing happens when it does not run. */
  async stop(name: string): Promise<void> {
    const running = this.#running.get(name)
    if (!running) return
    running.stopping = true
    const { child, program } = running
    if (running.end === undefined) {
      child.kill(program.stopSignal ?? 'SIGTERM')
      const patience = sleep((program.stopWithinSeconds ?? 10) * 1000, undefined, { ref: false })
      await Promise.race([running.ended, patience])
    }
    if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    await running.ended
  }

  /** Ends everything, the youngest first. Nothing can be started afterwards. */
  async stopAll(): Promise<void> {
    this.#closed = true
    for (const name of [...this.#running.keys()].toReversed()) await this.stop(name)
  }

  #spawn(program: Program): Running {
    if (this.#closed) throw new Error(`${program.name} is not started: the stack is being stopped.`)
    if (this.#running.has(program.name)) throw new Error(`${program.name} already runs.`)
    const log = openSync(this.logOf(program.name), 'w')
    writeSync(log, `$ ${[program.command, ...program.args].join(' ')}\n`)
    const child = spawn(program.command, program.args, {
      cwd: program.cwd,
      env: program.env,
      detached: true,
      stdio: ['ignore', log, log],
      ...program.user,
    })
    closeSync(log)
    const stopSignal = program.stopSignal ?? 'SIGTERM'
    if (child.pid !== undefined)
      record(this.#records, { name: program.name, pid: child.pid, stopSignal })
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(`could not be started: ${error.message}`))
      child.once('exit', (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`),
      )
    })
    const running: Running = { program, child, ended, stopping: false }
    this.#running.set(program.name, running)
    void ended.then((end) => {
      running.end = end
      // What it had started itself must not outlive it.
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
      this.#running.delete(program.name)
      forget(this.#records, program.name)
    })
    return running
  }

  #failure(name: string, what: string): string {
    const log = this.logOf(name)
    return `${name} ${what}. The end of ${log}:\n${lastLines(log)}`
  }
}
