import { join } from 'node:path'
import { nodeProgram } from './emulator.ts'
import type { Service } from './processes.ts'
import type { Settings } from './settings.ts'
import { webhookPath } from './slack/server.ts'

/** The address of the sink: a page for people, and where its webhook is. */
export const slackAddress = (settings: Pick<Settings, 'ports'>): string =>
  `http://127.0.0.1:${settings.ports.slack}`

/** The address that the platform's secret holds. */
export const webhookAddress = (settings: Settings, token: string): string =>
  `${slackAddress(settings)}${webhookPath(token)}`

/** What takes and shows the messages that the platform sends to Slack. */
export const slackSink = (settings: Settings, token: string): Service => ({
  ...nodeProgram(settings, 'slack', 'slack/main.ts', {
    LOCAL_SLACK_PORT: String(settings.ports.slack),
    LOCAL_SLACK_DATA: join(settings.data, 'slack'),
    LOCAL_SLACK_TOKEN: token,
    LOCAL_CONNECT_PORT: String(settings.ports.connect),
  }),
  isReady: async () => (await fetch(`${slackAddress(settings)}/health`)).ok,
})
