import {
  type EnvironmentConfig,
  type EnvironmentName,
  environments,
} from '../../config/environments.ts'

/** The value of an environment variable that the deployment sets. Throws when it is missing. */
export function environmentVariable(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') {
    throw new Error(`The environment variable ${name} is not set. Deploy the stacks again.`)
  }
  return value
}

/** Name and configuration of the environment that this function was deployed to. */
export function deployedEnvironment(): { name: EnvironmentName; config: EnvironmentConfig } {
  const name = environmentVariable('ENVIRONMENT')
  if (!Object.hasOwn(environments, name)) {
    throw new Error(`ENVIRONMENT is ${name}, which is not in config/environments.ts.`)
  }
  return { name: name as EnvironmentName, config: environments[name as EnvironmentName] }
}
