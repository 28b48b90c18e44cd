import { parseArgs } from 'node:util'
import { Processes } from './processes.ts'
import { LocalStack } from './stack.ts'
import { becomeSupervisor, recordsIn, resignAsSupervisor } from './running.ts'
import { readSettings, type Settings } from './settings.ts'
import { removeStackFile } from './stack-file.ts'
import { runSteps } from './steps.ts'
import { refuseTakenPorts } from './taken-ports.ts'

/** Why the stack ends. */
type Ending =
  | { readonly by: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly by: 'failure'; readonly message: string }
  | { readonly by: 'end' }

const usage = `npm start [-- --once] [--without-demo]
  --once          end when the demo has run: 0 when everything went well, 1 otherwise
  --without-demo  bring the stack up and send nothing to it`

const launched = Number(process.env.TOWNIN_STARTED_AT) || Date.now()

/** Resolves when whoever launched this process has died without a signal to us (kill -9). */
const parentDeath = (): Promise<Ending> => {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const parent = process.ppid
  if (Number(process.env.TOWNIN_END_WITH) === parent)
    setInterval(() => {
      if (process.ppid !== parent) resolve({ by: 'failure', message: 'The process that started the local stack is gone.' })
    }, 500).unref()
  return promise
}

const signals = (): Promise<Ending> => {
  const { promise, resolve } = Promise.withResolvers<Ending>()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => resolve({ by: 'signal', signal }))
  return promise
}

const run = async (settings: Settings, options: { once: boolean; demo: boolean }): Promise<number> => {
  const { promise: death, resolve: died } = Promise.withResolvers<Ending>()
  const interrupted = Promise.race([signals(), parentDeath(), death])
  const left = await becomeSupervisor(settings.data)
  const processes = new Processes({ records: recordsIn(settings.data), logs: settings.logs }, (_, message) =>
    died({ by: 'failure', message }),
  )
  const stack = new LocalStack(settings, processes)
  let isUp = false
  const bringUp = async (): Promise<Ending> => {
    try {
      if (left.length > 0) console.log(`Ended what an earlier start had left running: ${left.join(', ')}.`)
      await refuseTakenPorts(settings.ports)
      await runSteps(stack.steps(options.demo), {
        terminal: process.stdout.isTTY === true,
        write: (line) => console.log(line),
        elapsed: () => Date.now() - launched,
      })
      isUp = true
      console.log(`\n${stack.report()}`)
      if (options.once) return { by: 'end' }
      console.log('\nThe stack is up. Ctrl-C ends it.')
      return await interrupted
    } catch (error) {
      return { by: 'failure', message: (error as Error).message }
    }
  }
  const ending = await Promise.race([bringUp(), interrupted])
  if (ending.by === 'failure') console.error(`\n${ending.message}\n`)
  if (processes.list().length > 0 && ending.by !== 'end') console.log('Ending the stack …')
  stack.close()
  await processes.stopAll()
  removeStackFile(settings.data)
  resignAsSupervisor(settings.data)
  if (ending.by === 'failure') return 1
  return ending.by === 'end' || isUp ? 0 : 130
}

try {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      'without-demo': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) console.log(usage)
  else
    process.exitCode = await run(readSettings(process.env), {
      once: values.once,
      demo: !values['without-demo'],
    })
  // Whatever is still open, such as a connection that a step was waiting on, is of no use now.
  process.exit()
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
