// Takes and shows what the platform sends to Slack, for local work and tests.
import { environments } from '../../config/environments.ts'
import { Messages } from './messages.ts'
import { createSlackServer } from './server.ts'

const port = Number(process.env.LOCAL_SLACK_PORT ?? 4574)
const connectPort = process.env.LOCAL_CONNECT_PORT

/** MLflow's pages are for people with a session: on this machine the signing proxy opens them. */
const opens = (url: string): string => {
  const { hash } = new URL(url)
  return connectPort && hash.startsWith('#/experiments/')
    ? `http://127.0.0.1:${connectPort}/${hash}`
    : url
}

const server = createSlackServer({
  messages: new Messages(process.env.LOCAL_SLACK_DATA),
  token: process.env.LOCAL_SLACK_TOKEN ?? 'local',
  page: { opens, timeZone: environments.local.timeZone },
  log: (line) => console.log(line),
})

server.on('error', (error: NodeJS.ErrnoException) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is taken. Set LOCAL_SLACK_PORT to a free one.`
      : error.message,
  )
  process.exit(1)
})
server.listen(port, '127.0.0.1', () => {
  console.log(`Slack sink: http://127.0.0.1:${port}/`)
})

const stop = (): void => {
  server.close()
  // Messages that are left waiting on purpose would keep the process alive.
  server.closeAllConnections()
}
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
