import { createServer } from 'node:net'
import { portVariable, type Ports } from './settings.ts'

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(true)),
    )
  })

/** Throws a sentence that names the ports that something else listens on. */
export const refuseTakenPorts = async (ports: Ports): Promise<void> => {
  const entries = Object.entries(ports) as [keyof Ports, number][]
  const free = await Promise.all(entries.map(([, port]) => isFree(port)))
  const taken = entries.filter((_, index) => !free[index])
  if (taken.length === 0) return
  const named = taken.map(([name, port]) => `${port} (${name})`).join(', ')
  throw new Error(
    `Port ${named} on 127.0.0.1 is taken. Set ${portVariable} to move all ports of the stack, ` +
      `for example ${portVariable}=${ports.emulator + 3000}.`,
  )
}
