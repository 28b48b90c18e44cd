import { environments } from '../../config/environments.ts'
import { readSettings } from '../settings.ts'
import { Advice } from './advice.ts'
import { instructions, readCommand, USAGE } from './command.ts'
import { findDestination } from './destination.ts'
import { startProxy } from './proxy.ts'

async function main(): Promise<void> {
  const command = readCommand(process.argv.slice(2), Object.keys(environments))
  if (command.help) {
    console.log(USAGE)
    return
  }
  const destination = await findDestination(command)
  const port =
    command.port ?? (Number(process.env.CONNECT_PORT) || readSettings(process.env).ports.connect)
  const proxy = await startProxy({
    ...destination,
    port,
    environment: command.environment,
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error
    throw new Advice(`Port ${port} is taken. Choose another with --port.`)
  })
  console.log(instructions(command.environment, proxy.url))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void proxy.close().then(() => process.exit(0)))
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Advice ? error.message : error)
  process.exitCode = 1
}
