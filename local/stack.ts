import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { join } from 'node:path'
import { createUser, putSecret } from './account.ts'
import { administratorKey, type AccessKey } from './administrator.ts'
import { serveControl } from './control.ts'
import { clientVariables } from './demo.ts'
import { Demo } from './demo-steps.ts'
import { bootstrap, deploy, synthesize, type Outputs } from './deployment.ts'
import { dataApi, emulator, llm, llmAdministratorKey, llmKey } from './emulator.ts'
import { engine } from './engine.ts'
import { installPython } from './install.mjs'
import { postgresAdministrator, postgresPassword, startPostgres } from './postgres.ts'
import type { Processes, Service } from './processes.ts'
import { connectProxy } from './connect-proxy.ts'
import { pointersTo, writeClientFile } from './pointers.ts'
import { renderPointers } from './report.ts'
import { endpointOf, type Settings } from './settings.ts'
import { slackSink, webhookAddress } from './slack-sink.ts'
import { writeStackFile, type RunningStack } from './stack-file.ts'
import type { Step } from './steps.ts'
import { TrackingServer } from './tracking-server.ts'

/** A local stack: what it runs, and the steps that bring it up. */
export class LocalStack {
  readonly #settings: Settings
  readonly #processes: Processes
  readonly #trackingServer: TrackingServer
  #control: Server | undefined
  readonly #controlToken = randomBytes(24).toString('base64url')
  readonly #slackToken = randomBytes(18).toString('base64url')
  #data: Outputs = {}
  #platform: Outputs = {}
  #client: AccessKey | undefined
  #person: AccessKey | undefined
  #clientFile = ''
  readonly #demo: Demo

  constructor(settings: Settings, processes: Processes) {
    this.#settings = settings
    this.#processes = processes
    this.#trackingServer = new TrackingServer(settings, processes)
    this.#demo = new Demo(settings, processes, () => this.describe())
  }

  /** The steps of a start, with or without the demo and what follows from it. */
  steps(withDemo: boolean): Step[] {
    const settings = this.#settings
    const processes = this.#processes
    const up: Step[] = [
      { name: 'python', title: 'Python packages', after: [], run: () => installPython('python') },
      {
        name: 'postgres',
        title: 'Postgres',
        after: [],
        run: () => startPostgres(settings, processes),
      },
      {
        name: 'templates',
        title: 'Templates and bundles of the app',
        after: [],
        run: () => synthesize(settings, processes),
      },
      {
        name: 'data-api',
        title: 'Data API endpoint',
        after: ['postgres'],
        run: () => processes.start(dataApi(settings)),
      },
      { name: 'llm', title: 'LLM stand-in', after: [], run: () => processes.start(llm(settings)) },
      {
        name: 'slack',
        title: 'Slack sink',
        after: [],
        run: () => processes.start(slackSink(settings, this.#slackToken)),
      },
      {
        name: 'emulator',
        title: 'AWS emulator',
        after: ['python'],
        run: () => this.#startEmulator(),
      },
      {
        name: 'bootstrap',
        title: 'CDK toolkit',
        after: ['emulator'],
        run: () => bootstrap(settings, processes),
      },
      {
        name: 'data',
        title: 'Data stack',
        after: ['templates', 'bootstrap', 'data-api'],
        run: async () => {
          this.#data = await deploy(settings, processes, 'Data')
        },
      },
      {
        name: 'platform',
        title: 'Platform stack, with MLflow',
        after: ['data'],
        run: async () => {
          this.#platform = await deploy(settings, processes, 'Platform')
        },
      },
      {
        name: 'client',
        title: 'Users of the demo',
        after: ['platform'],
        run: () => this.#makeUsers(),
      },
      {
        name: 'connect',
        title: 'Signing proxy',
        after: ['client'],
        run: () => processes.start(connectProxy(settings, this.describe())),
      },
      {
        name: 'engine',
        title: 'Stand-in for the AI engine',
        after: ['client'],
        run: () => processes.start(this.#engine()),
      },
    ]
    return withDemo ? [...up, ...this.#demo.steps()] : up
  }

  /** What others need to work with the stack; complete once the client user is there. */
  describe(): RunningStack {
    const { data, environment, region, account, ports, pythonBin } = this.#settings
    if (!this.#client || !this.#person) throw new Error('The stack is not deployed yet.')
    return {
      environment,
      region,
      account,
      endpoint: endpointOf(this.#settings),
      ports,
      python: join(pythonBin, 'python'),
      outputs: { data: this.#data, platform: this.#platform },
      administrator: administratorKey(data),
      client: this.#client,
      person: this.#person,
      controlToken: this.#controlToken,
      postgres: { user: postgresAdministrator, password: postgresPassword(data) },
    }
  }

  /** What the start has shown, and what to open now. */
  report(): string {
    const pointers = pointersTo(this.#settings, this.describe(), this.#clientFile)
    return [...this.#demo.report(), renderPointers(pointers)].join('\n')
  }

  /** Stops listening; the processes are ended by whoever made them. */
  close(): void {
    this.#control?.close()
    this.#control?.closeAllConnections()
  }

  async #startEmulator(): Promise<void> {
    const { ports } = this.#settings
    this.#control = await serveControl(ports.control, this.#controlToken, {
      putService: (service) => this.#trackingServer.put(service),
      deleteService: (name) => this.#trackingServer.delete(name),
      restart: (name) => this.#restart(name),
      stop: (name) => this.#stop(name),
      processes: () => this.#processes.list(),
    })
    await this.#processes.start(emulator(this.#settings, this.#controlToken))
    await this.#storeSecrets()
  }

  /** What on AWS a person would have stored. */
  async #storeSecrets(): Promise<void> {
    const settings = this.#settings
    const secrets = {
      'openai-admin': llmAdministratorKey,
      judge: llmKey,
      slack: webhookAddress(settings, this.#slackToken),
    }
    await Promise.all(
      Object.entries(secrets).map(([name, value]) =>
        putSecret(settings, `townin-mlops/${settings.environment}/${name}`, value),
      ),
    )
  }

  #engine(): Service {
    const { client } = this.describe()
    return engine(
      this.#settings,
      clientVariables(this.#settings, this.#output('TrackingUri'), client),
    )
  }

  /** Only what stands outside of the platform, as an application does, or an LLM provider. */
  async #stop(name: string): Promise<boolean> {
    if (!['engine', 'llm', 'slack'].includes(name)) return false
    await this.#processes.stop(name)
    return true
  }

  /** The emulator is left out: what is deployed lives in its memory. */
  async #restart(name: string): Promise<boolean> {
    const again: Record<string, () => Promise<void>> = {
      postgres: () => startPostgres(this.#settings, this.#processes),
      'data-api': () => this.#processes.start(dataApi(this.#settings)),
      llm: () => this.#processes.start(llm(this.#settings)),
      slack: () => this.#processes.start(slackSink(this.#settings, this.#slackToken)),
      engine: () => this.#processes.start(this.#engine()),
    }
    if (name === 'mlflow') return this.#trackingServer.restart()
    const start = again[name]
    if (!start) return false
    await this.#processes.stop(name)
    await start()
    return true
  }

  async #makeUsers(): Promise<void> {
    const client = this.#output('ClientPolicyArn')
    // The demo shows rollbacks as well, and the tests approve.
    const release = this.#output('ReleasePolicyArn')
    const viewer = this.#output('ViewerPolicyArn')
    ;[this.#client, this.#person] = await Promise.all([
      createUser(this.#settings, 'demo-client', [client, release]),
      createUser(this.#settings, 'demo-person', [client, release, viewer]),
    ])
    writeStackFile(this.#settings.data, this.describe())
    this.#clientFile = writeClientFile(this.#settings, this.describe())
  }

  #output(name: string): string {
    const value = this.#platform[name]
    if (!value) throw new Error(`The platform stack has no output ${name}.`)
    return value
  }
}
