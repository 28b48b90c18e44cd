import type { Gate } from '../domain/gate.ts'
import type { Workload } from '../domain/workload.ts'

/** A name whose `production` the gate guards. */
export interface Guarded {
  readonly kind: 'model' | 'prompt'
  readonly name: string
  readonly workload: Workload
  readonly gate: Gate
}

/** Every name that the configuration guards. */
export function guardedNames(workloads: readonly Workload[]): Guarded[] {
  return workloads.flatMap((workload) => {
    const { gate } = workload
    if (gate === undefined) return []
    return [
      ...(gate.models ?? []).map((name): Guarded => ({ kind: 'model', name, workload, gate })),
      ...(gate.prompts ?? []).map((name): Guarded => ({ kind: 'prompt', name, workload, gate })),
    ]
  })
}

/** Who guards a name; models and prompts share their names in MLflow. `undefined` when nobody does. */
export function findGuarded(workloads: readonly Workload[], name: string): Guarded | undefined {
  return guardedNames(workloads).find((guarded) => guarded.name === name)
}
