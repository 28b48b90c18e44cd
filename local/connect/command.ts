import { parseArgs } from 'node:util'
import { Advice } from './advice.ts'

/** What the user asked for on the command line. */
export interface ConnectCommand {
  readonly environment: string
  /** @default the local stack's base port plus 6 */
  readonly port?: number
  /** AWS profile. @default the usual chain */
  readonly profile?: string
  /** Address of the front door. @default output `TrackingUri` of the stack */
  readonly uri?: string
  readonly help: boolean
}

export const USAGE = `npm run connect -- [environment] [options]

Signs requests from this machine with your AWS credentials and forwards them to
the MLflow platform of an environment (default: local).

  --port <number>    port on 127.0.0.1 (default: TOWNIN_PORT_BASE + 6, 4572)
  --profile <name>   AWS profile (default: AWS_PROFILE or the usual chain)
  --uri <address>    front door, when you may not read the stack's outputs
`

/** Reads the command line; throws `Advice` for what it does not know. */
export function readCommand(
  args: readonly string[],
  environments: readonly string[],
): ConnectCommand {
  let parsed
  try {
    parsed = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        profile: { type: 'string' },
        uri: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new Advice(`${(error as Error).message}\n\n${USAGE}`)
  }
  const { values, positionals } = parsed
  const [environment = 'local', ...rest] = positionals
  if (rest.length > 0 || !environments.includes(environment)) {
    throw new Advice(
      `There is no environment ${[environment, ...rest].join(' ')}; ` +
        `config/environments.ts has ${environments.join(', ')}.`,
    )
  }
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    throw new Advice(`--port must be a port, but is ${values.port}.`)
  }
  if (values.uri !== undefined && !/^https?:\/\//.test(values.uri)) {
    throw new Advice(`--uri must be an http or https address, but is ${values.uri}.`)
  }
  return {
    environment,
    ...(port !== undefined && { port }),
    ...(values.profile !== undefined && { profile: values.profile }),
    ...(values.uri !== undefined && { uri: values.uri }),
    help: values.help,
  }
}

/** The text that tells the user what to set; `url` is the proxy's address. */
export function instructions(environment: string, url: string): string {
  return `Connected to environment ${environment}. Keep this running; Ctrl-C ends it.

  MLflow UI             ${url}/
  MLflow clients        MLFLOW_TRACKING_URI=${url}
  OpenTelemetry traces  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${url}/v1/traces
                        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=http/protobuf
                        OTEL_EXPORTER_OTLP_HEADERS=x-mlflow-experiment-id=<id of the experiment>
`
}
