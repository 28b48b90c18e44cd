import type { EnvironmentName } from '../config/environments.ts'

/**
 * Start of every name that has to be fixed, such as that of an alarm or a policy. It carries the
 * environment, so that two environments of one account never meet.
 */
export function prefixOf(environment: EnvironmentName): string {
  return `townin-mlops-${environment}`
}

/** Start of the names of an environment's stacks, and the name of their stage. */
export function stageName(environment: string): string {
  return `TowninMlops-${environment}`
}

/** Name of one of the two stacks of an environment. */
export function stackName(environment: string, stack: 'Data' | 'Platform'): string {
  return `${stageName(environment)}-${stack}`
}

/** CloudWatch namespace of every figure that the platform publishes. */
export const metricsNamespace = 'TowninMlops'
