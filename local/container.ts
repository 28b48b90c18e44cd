/** A container of an ECS task, with its secrets already resolved. */
export interface Container {
  readonly name: string
  readonly essential: boolean
  readonly dependsOn: readonly { readonly containerName: string; readonly condition: string }[]
  readonly image: string
  readonly entryPoint: readonly string[]
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

/** An ECS service as the emulator hands it over. */
export interface ContainerService {
  readonly service: string
  readonly cluster: string
  readonly containers: readonly Container[]
}

/** The containers in an order in which each comes after those it depends on. */
export const inStartOrder = (containers: readonly Container[]): Container[] => {
  const ordered: Container[] = []
  const visit = (container: Container, path: readonly string[]): void => {
    if (ordered.includes(container)) return
    if (path.includes(container.name))
      throw new Error(
        `The containers ${[...path, container.name].join(' -> ')} wait for each other.`,
      )
    for (const { containerName } of container.dependsOn) {
      const other = containers.find(({ name }) => name === containerName)
      if (!other)
        throw new Error(
          `Container ${container.name} depends on ${containerName}, which is not there.`,
        )
      visit(other, [...path, container.name])
    }
    ordered.push(container)
  }
  for (const container of containers) visit(container, [])
  return ordered
}

const replaceIn = (words: readonly string[], option: string, value: string): string[] => {
  const spelled = new RegExp(`(${option}[= ])\\S+`, 'g')
  return words.map((word, index) =>
    words[index - 1] === option ? value : word.replace(spelled, `$1${value}`),
  )
}

/**
 * The command line of a container on this machine: the very one of the task definition, except
 * that a server listens on 127.0.0.1 and on the stack's own port. Both spellings of options are
 * understood (`--port 5000`, `--port=5000`), in a list and inside a shell's `-c` text.
 */
export const localCommand = (container: Container, port: number): string[] => {
  const words = [...container.entryPoint, ...container.command]
  return replaceIn(replaceIn(words, '--host', '127.0.0.1'), '--port', String(port))
}
