import {
  type EnvironmentConfig,
  type EnvironmentName,
  environments,
} from '../config/environments.ts'

/** An environment's name with its configuration; throws a sentence that lists the names for an unknown one. */
export function environmentNamed(name: string): {
  readonly name: EnvironmentName
  readonly config: EnvironmentConfig
} {
  if (!isEnvironmentName(name)) {
    const names = Object.keys(environments).join(', ')
    throw new Error(`ENVIRONMENT is "${name}"; config/environments.ts has ${names}.`)
  }
  return { name, config: environments[name] }
}

function isEnvironmentName(name: string): name is EnvironmentName {
  return Object.hasOwn(environments, name)
}
