import { isDeepStrictEqual } from 'node:util'
import { childEnvironment } from './child-environment.ts'
import { inStartOrder, localCommand, type Container, type ContainerService } from './container.ts'
import type { Processes, Program } from './processes.ts'
import type { Settings } from './settings.ts'
import { warmUp } from './warm-up.ts'

const upgradeWithinSeconds = 180
const readyWithinSeconds = 120

const isHealthy = (port: number) => async (): Promise<boolean> => {
  const response = await fetch(`http://127.0.0.1:${port}/health`, {
    signal: AbortSignal.timeout(5000),
  })
  await response.arrayBuffer()
  return response.ok
}

/**
 * Runs the ECS service of the tracking server on this machine, from the task definition that was
 * deployed: containers that others wait for run to their end, then the essential one keeps running.
 */
export class TrackingServer {
  readonly #settings: Settings
  readonly #processes: Processes
  #current: ContainerService | undefined
  #turn: Promise<void> = Promise.resolve()

  constructor(settings: Settings, processes: Processes) {
    this.#settings = settings
    this.#processes = processes
  }

  /** Starts the service, or restarts it when its definition has changed; resolves when healthy. */
  put(service: ContainerService): Promise<void> {
    return this.#inTurn(async () => {
      const current = this.#current
      if (current && current.service !== service.service)
        throw new Error(
          `The local stack runs one ECS service, and ${current.service} is it already: ` +
            `${service.service} is not started.`,
        )
      if (current && isDeepStrictEqual(current, service)) return
      await this.#end()
      await this.#start(service)
      this.#current = service
    })
  }

  /** Ends the service; false when no service of this name runs. */
  delete(name: string): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#current?.service !== name) return false
      await this.#end()
      return true
    })
  }

  /** Ends the service and starts it again as it was; false when none runs. */
  restart(): Promise<boolean> {
    return this.#inTurn(async () => {
      const current = this.#current
      if (!current) return false
      await this.#end()
      await this.#start(current)
      this.#current = current
      return true
    })
  }

  async #start(service: ContainerService): Promise<void> {
    const containers = inStartOrder(service.containers)
    const essential = containers.filter((container) => container.essential)
    const [server] = essential
    if (!server || essential.length > 1)
      throw new Error(
        `${service.service} must have one essential container, not ${essential.length}.`,
      )
    for (const container of containers.slice(0, containers.indexOf(server)))
      await this.#processes.run(
        this.#program(container, `mlflow-${container.name}`),
        upgradeWithinSeconds,
      )
    const { mlflow } = this.#settings.ports
    await this.#processes.start({
      ...this.#program(server, 'mlflow'),
      isReady: isHealthy(mlflow),
      readyWithinSeconds,
    })
    await warmUp(mlflow)
  }

  async #end(): Promise<void> {
    this.#current = undefined
    await this.#processes.stop('mlflow')
  }

  #program(container: Container, name: string): Program {
    const [command, ...args] = localCommand(container, this.#settings.ports.mlflow)
    if (!command)
      throw new Error(`Container ${container.name} has no command; its image is not run here.`)
    const env = childEnvironment(
      // The image's programs are those of the Python environment, so these come first here.
      { nodeBin: this.#settings.pythonBin, pythonBin: this.#settings.nodeBin },
      process.env,
      { ...container.environment, PYTHONUNBUFFERED: '1' },
    )
    return { name, command, args, env, cwd: this.#settings.data }
  }

  /** One change after the other: two deployments may ask at the same time. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    )
    return result
  }
}
