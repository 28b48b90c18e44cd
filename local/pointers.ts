import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { clientVariables } from './demo.ts'
import type { Pointer } from './report.ts'
import type { Settings } from './settings.ts'
import { slackAddress } from './slack-sink.ts'
import type { RunningStack } from './stack-file.ts'

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`

/** Writes the variables of a client to a file for a shell, readable by its owner only. */
export const writeClientFile = (settings: Settings, stack: RunningStack): string => {
  const file = join(settings.data, 'client.env')
  const variables = clientVariables(
    settings,
    stack.outputs.platform.TrackingUri ?? '',
    stack.client,
  )
  const lines = Object.entries(variables).map(
    ([name, value]) => `export ${name}=${quoted(value)}\n`,
  )
  writeFileSync(file, lines.join(''), { mode: 0o600 })
  return file
}

/** What to open and what to type once the stack is up. */
export const pointersTo = (
  settings: Settings,
  stack: RunningStack,
  clientFile: string,
): Pointer[] => {
  const proxy = `http://127.0.0.1:${stack.ports.connect}`
  const shown = (path: string): string => relative(process.cwd(), path) || path
  return [
    { name: 'MLflow', text: `${proxy}/` },
    { name: 'Costs', text: `${proxy}/ops/costs` },
    { name: 'Quality', text: `${proxy}/ops/workloads` },
    { name: 'API', text: `${proxy}/ops/openapi.json` },
    { name: 'Slack messages', text: `${slackAddress(settings)}/` },
    { name: 'OTLP traces', text: `${proxy}/v1/traces` },
    {
      name: 'A Python client',
      text: `. ${shown(clientFile)} && ${shown(stack.python)} examples/graphrag.py`,
    },
    { name: 'Logs', text: shown(settings.logs) },
  ]
}
