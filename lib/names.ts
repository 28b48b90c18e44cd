import type { EnvironmentName } from '../config/environments.ts'

/**
 * Start of every name that has to be fixed, such as that of an alarm or a policy. It carries the
 * environment, so that two environments of one account never meet.
 */
export function prefixOf(environment: EnvironmentName): string {
  return `townin-mlops-${environment}`
}

/** CloudWatch namespace of every figure that the platform publishes. */
export const metricsNamespace = 'TowninMlops'
