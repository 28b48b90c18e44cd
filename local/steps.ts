import { Listr } from 'listr2'

/** One step of a start. Steps run side by side as far as what they wait for allows. */
export interface Step {
  readonly name: string
  /** What is shown. */
  readonly title: string
  /** Names of the steps that must be done first. */
  readonly after: readonly string[]
  /**
   * May tell how far it is, and return a word about the result; both are shown behind the title.
   */
  readonly run: (tell: (progress: string) => void) => Promise<string | void>
}

/** Where progress goes: a terminal that is redrawn, or plain lines. */
export interface Display {
  readonly terminal: boolean
  readonly write: (line: string) => void
  /** Milliseconds since the start. */
  readonly elapsed: () => number
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`

const shown = (step: Step, milliseconds: number, result: string | void): string =>
  `${step.title} (${seconds(milliseconds)})${result ? `: ${result}` : ''}`

/** Names of the steps that wait for something that is not there. */
const refuseUnknown = (steps: readonly Step[]): void => {
  const names = new Set(steps.map(({ name }) => name))
  for (const step of steps)
    for (const name of step.after)
      if (!names.has(name))
        throw new Error(`Step ${step.name} waits for ${name}, which is no step.`)
}

class Waited extends Error {}

/**
 * Runs the steps and shows them with the time that each took. Rejects with the first failure, at
 * once; steps that wait for a failed one are not run.
 */
export const runSteps = async (steps: readonly Step[], display: Display): Promise<void> => {
  refuseUnknown(steps)
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  const done = new Map<string, Promise<void>>()

  const perform = async (step: Step, rename: (title: string) => void): Promise<void> => {
    try {
      await Promise.all(step.after.flatMap((name) => done.get(name) ?? []))
    } catch {
      throw new Waited()
    }
    const started = Date.now()
    if (!display.terminal)
      display.write(`${seconds(display.elapsed()).padStart(8)}  ${step.title} …`)
    rename(step.title)
    try {
      const result = await step.run((progress) => {
        rename(`${step.title}: ${progress}`)
        if (!display.terminal)
          display.write(`${seconds(display.elapsed()).padStart(8)}  ${step.title}: ${progress}`)
      })
      const title = shown(step, Date.now() - started, result)
      rename(title)
      if (!display.terminal) display.write(`${seconds(display.elapsed()).padStart(8)}  ${title} ✓`)
    } catch (error) {
      const title = `${step.title} failed after ${seconds(Date.now() - started)}`
      rename(title)
      if (!display.terminal) display.write(`${seconds(display.elapsed()).padStart(8)}  ${title}`)
      fail(error)
      throw error
    }
  }

  // A quick step is done before its task is shown, so the title is kept for it.
  const titles = new Map(steps.map((step) => [step.name, step.title]))
  const tasks = new Map<string, { title?: string | undefined }>()
  const rename = (step: Step) => (title: string) => {
    titles.set(step.name, title)
    const task = tasks.get(step.name)
    if (task) task.title = title
  }
  const starters = steps.map((step) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const work = promise.then(() => perform(step, rename(step)))
    // Whoever waits hears of it; nobody may be waiting.
    work.catch(() => undefined)
    done.set(step.name, work)
    return resolve
  })
  const list = new Listr(
    steps.map((step) => ({
      title: step.title,
      task: async (_, task) => {
        tasks.set(step.name, task)
        await done.get(step.name)?.finally(() => rename(step)(titles.get(step.name) ?? step.title))
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      // Signals are the supervisor's, which ends what was started.
      registerSignalListeners: false,
      renderer: display.terminal ? 'default' : 'silent',
      rendererOptions: { collapseErrors: false, showErrorMessage: false },
    },
  )
  const rendered = list.run()
  for (const start of starters) start()
  await Promise.race([rendered, failed])
  await Promise.race([Promise.all(done.values()), failed])
}
