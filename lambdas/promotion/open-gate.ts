import type { EnvironmentConfig } from '../../config/environments.ts'
import type { Workload } from '../domain/workload.ts'
import type { Artifacts } from '../platform/artifacts.ts'
import type { Database } from '../platform/data-api.ts'
import type { SendEvents } from '../platform/events.ts'
import type { Mlflow } from '../platform/mlflow.ts'
import type { ListVersions } from '../platform/object-versions.ts'
import { gatherFrom } from './gather/gather-evidence.ts'
import { ledgerIn } from './ledger-store.ts'
import type { GatePorts } from './ports.ts'
import { registryOf } from './registry.ts'

/** What the gate is connected to. */
export interface GateConnections {
  /** As role `ops`: evaluations and their figures. */
  readonly database: Database
  /** As role `gatekeeper`: the ledger and its functions. */
  readonly gatekeeper: Database
  /** By the gate's own route: what it is asked to move is moved. */
  readonly mlflow: Mlflow
  readonly artifacts: Artifacts
  readonly artifactBucket: string
  readonly listVersions: ListVersions
  readonly sendEvents: SendEvents
  readonly environment: string
  readonly config: Pick<EnvironmentConfig, 'evaluation'>
  readonly workloads: readonly Workload[]
  /** Version of the platform, with its commit, for the ledger. */
  readonly code: string
  readonly now: () => Date
  readonly log: GatePorts['log']
}

/** The ports of promotions and rollbacks on real connections. */
export function openGate(connections: GateConnections): GatePorts {
  const { gatekeeper, mlflow, config } = connections
  const ledger = ledgerIn(gatekeeper)
  const registry = registryOf(mlflow)
  return {
    ...connections,
    ledger,
    registry,
    gather: gatherFrom({
      ...connections,
      ledger,
      registry,
      judge: config.evaluation.defaultJudge,
    }),
  }
}
