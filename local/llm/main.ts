// An OpenAI-compatible stand-in for local work and tests: deterministic answers, real token counts.
import { Ledger } from './ledger.ts'
import { createLlmServer } from './server.ts'

const port = Number(process.env.LOCAL_LLM_PORT ?? 4570)
const server = createLlmServer({
  ledger: new Ledger(process.env.LOCAL_LLM_DATA),
  adminKey: process.env.LOCAL_LLM_ADMIN_KEY ?? 'sk-admin-local',
})

server.on('error', (error: NodeJS.ErrnoException) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is taken. Set LOCAL_LLM_PORT to a free one.`
      : error.message,
  )
  process.exit(1)
})
server.listen(port, '127.0.0.1', () => {
  console.log(`LLM stand-in: http://127.0.0.1:${port}/v1`)
})

const stop = (): void => {
  server.close()
  // Calls that hang on purpose would keep the process alive.
  server.closeAllConnections()
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
