import { join, resolve } from 'node:path'
import { root } from './install.mjs'

/** The ports of one local stack, all on 127.0.0.1: the base port plus a fixed offset each. */
export interface Ports {
  readonly emulator: number
  readonly dataApi: number
  readonly postgres: number
  readonly mlflow: number
  readonly llm: number
  readonly control: number
  readonly connect: number
  readonly engine: number
  readonly slack: number
}

/** Where one local stack keeps its data and on which ports it listens. */
export interface Settings {
  /** The project's directory. */
  readonly root: string
  /** Everything that this stack writes is below it. */
  readonly data: string
  readonly logs: string
  readonly ports: Ports
  readonly region: string
  readonly account: string
  /** Name of the environment in `config/environments.ts`. */
  readonly environment: string
  /** The programs of the private Python environment. */
  readonly pythonBin: string
  /** The programs of the npm packages, Node 24 among them. */
  readonly nodeBin: string
}

/** The variable that moves all ports of a stack. */
export const portVariable = 'TOWNIN_PORT_BASE'

/** Offsets from the base port. */
export const portsFrom = (base: number): Ports => ({
  emulator: base,
  dataApi: base + 1,
  postgres: base + 2,
  mlflow: base + 3,
  llm: base + 4,
  control: base + 5,
  connect: base + 6,
  engine: base + 7,
  slack: base + 8,
})

/** Ports that browsers and `fetch` refuse to talk to, of those above 1023. */
const refusedByBrowsers = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10080,
])

/** Reads the settings of a stack; an invalid value throws a sentence that names its variable. */
export const readSettings = (
  environment: Readonly<Record<string, string | undefined>>,
): Settings => {
  const text = environment[portVariable] || '4566'
  const base = Number(text)
  if (!Number.isInteger(base) || base < 1024 || base > 65_500)
    throw new Error(`${portVariable} must be a whole number from 1024 to 65500, but it is ${text}.`)
  const ports = portsFrom(base)
  const refused = Object.values(ports).find((port) => refusedByBrowsers.has(port))
  if (refused)
    throw new Error(
      `${portVariable}=${base} would use port ${refused}, which browsers refuse: choose another base.`,
    )
  const data = resolve(root, environment.TOWNIN_DATA || '.local')
  return {
    root,
    data,
    logs: join(data, 'logs'),
    ports,
    region: 'us-east-1',
    account: '000000000000',
    environment: 'local',
    pythonBin: join(root, '.local', 'python', 'bin'),
    nodeBin: join(root, 'node_modules', '.bin'),
  }
}

/** The address of the emulated AWS services. */
export const endpointOf = (settings: Settings): string =>
  `http://127.0.0.1:${settings.ports.emulator}`
