import { Processes } from './processes.ts'
import { becomeSupervisor, recordsIn, resignAsSupervisor } from './running.ts'
import { runSteps, type Step } from './steps.ts'

/** What is brought up, shown and ended. */
export interface Plan {
  readonly steps: readonly Step[]
  /** Shown once all steps are done. */
  readonly report: () => string
  /** Called before the processes are ended. */
  readonly close: () => void
}

/** How a supervisor works. */
export interface SupervisorOptions {
  /** The data directory, which has one supervisor at a time. */
  readonly data: string
  readonly logs: string
  /** End when all steps are done. */
  readonly once: boolean
  /** Milliseconds of the clock at which the user gave the command. */
  readonly startedAt: number
  /** The process with whose end this one ends too, if it is the parent. */
  readonly endWith: number | undefined
  /** Asked before anything is started; throws a sentence when that makes no sense. */
  readonly check: () => Promise<void>
}

/** Why the stack ends. */
type Ending =
  | { readonly by: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly by: 'failure'; readonly message: string }
  | { readonly by: 'end' }

/** Resolves when the parent has died without a signal to us (kill -9). */
const parentDeath = (endWith: number | undefined): Promise<Ending> => {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const message = 'The process that started the local stack is gone.'
  if (endWith === process.ppid)
    setInterval(() => {
      if (process.ppid !== endWith) resolve({ by: 'failure', message })
    }, 500).unref()
  return promise
}

const signals = (): Promise<Ending> => {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve({ by: 'signal', signal }))
  return promise
}

/**
 * Brings a plan up, keeps it running until a signal, and ends every process that was started,
 * whatever happens: a signal at any time, a failing step, a process that dies, a parent that dies.
 * Returns the exit code.
 */
export const supervise = async (
  options: SupervisorOptions,
  planFor: (processes: Processes) => Plan,
): Promise<number> => {
  const { promise: death, resolve: died } = Promise.withResolvers<Ending>()
  const interrupted = Promise.race([signals(), parentDeath(options.endWith), death])
  const left = await becomeSupervisor(options.data)
  if (left.length > 0)
    console.log(`Ended what an earlier start had left running: ${left.join(', ')}.`)
  const directories = { records: recordsIn(options.data), logs: options.logs }
  const processes = new Processes(directories, (_, message) => died({ by: 'failure', message }))
  const plan = planFor(processes)
  let isUp = false

  const bringUp = async (): Promise<Ending> => {
    try {
      await options.check()
      await runSteps(plan.steps, {
        // Some terminals have no size; lines would be broken after each character.
        terminal: process.stdout.isTTY && process.stdout.columns >= 40,
        write: (line) => console.log(line),
        elapsed: () => Date.now() - options.startedAt,
      })
      isUp = true
      console.log(`\n${plan.report()}`)
      if (options.once) return { by: 'end' }
      console.log('\nThe stack is up. Ctrl-C ends it.')
      return await interrupted
    } catch (error) {
      return { by: 'failure', message: (error as Error).message }
    }
  }

  const ending = await Promise.race([bringUp(), interrupted])
  if (ending.by === 'failure') console.error(`\n${ending.message}\n`)
  if (ending.by !== 'end' && processes.list().length > 0) console.log('Ending the stack …')
  plan.close()
  await processes.stopAll()
  resignAsSupervisor(options.data)
  if (ending.by === 'failure') return 1
  return ending.by === 'end' || isUp ? 0 : 130
}
