import { parseArgs } from 'node:util'
import { readSettings } from './settings.ts'
import { removeStackFile } from './stack-file.ts'
import { LocalStack } from './stack.ts'
import { supervise } from './supervise.ts'
import { refuseTakenPorts } from './taken-ports.ts'

const usage = `npm start [-- --once] [--without-demo]
  --once          end when the demo has run: 0 when everything went well, 1 otherwise
  --without-demo  bring the stack up and send nothing to it`

const start = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      once: { type: 'boolean', default: false },
      'without-demo': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const settings = readSettings(process.env)
  const options = {
    data: settings.data,
    logs: settings.logs,
    once: values.once,
    startedAt: Number(process.env.TOWNIN_STARTED_AT) || Date.now(),
    endWith: Number(process.env.TOWNIN_END_WITH) || undefined,
    check: () => refuseTakenPorts(settings.ports),
  }
  return supervise(options, (processes) => {
    const stack = new LocalStack(settings, processes)
    return {
      steps: stack.steps(!values['without-demo']),
      report: () => stack.report(),
      close: () => {
        stack.close()
        removeStackFile(settings.data)
      },
    }
  })
}

try {
  process.exitCode = await start()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
// Whatever is still open, such as a request that a step was waiting for, is of no use now.
process.exit()
