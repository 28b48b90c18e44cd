import { startDataApi } from './server.ts'

/** Reads a port from the environment; says which variable is wrong when it is no port. */
function portFrom(variable: string): number {
  const port = Number(process.env[variable])
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port
  throw new Error(`${variable} must be a port, but is ${JSON.stringify(process.env[variable])}.`)
}

const port = portFrom('LOCAL_DATA_API_PORT')
const postgresPort = portFrom('LOCAL_PG_PORT')
try {
  const api = await startDataApi({ port, postgresPort })
  console.log(`Data API on http://127.0.0.1:${api.port} in front of Postgres on ${postgresPort}`)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void api.close().then(() => process.exit(0))
    })
  }
} catch (error) {
  const taken = (error as { code?: string }).code === 'EADDRINUSE'
  console.error(
    taken ? `Port ${port} is taken; LOCAL_DATA_API_PORT changes it.` : (error as Error).message,
  )
  process.exit(1)
}
