import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { environments } from '../../config/environments.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { connectDatabase } from '../../lambdas/platform/data-api.ts'
import { eventsTo } from '../../lambdas/platform/events.ts'
import { connectMlflow } from '../../lambdas/platform/mlflow.ts'
import { findGuarded } from '../../lambdas/promotion/guarded.ts'
import { openGate } from '../../lambdas/promotion/open-gate.ts'
import type { GatePorts } from '../../lambdas/promotion/ports.ts'
import { promote } from '../../lambdas/promotion/promote.ts'
import { rollBack } from '../../lambdas/promotion/roll-back.ts'
import { artifactsInMemory } from '../evaluation/api/ports.ts'
import { evidenceOf } from '../promotion/mlflow/gate.ts'

/** Something that is asked of the gate. */
export interface Asked {
  readonly what: 'promotion' | 'rollback'
  readonly workload: Workload
  readonly name: string
  readonly to: number
}

/** Who asks in these tests. */
const requester = 'arn:aws:iam::000000000000:user/tester'

/** The gate of a workload as a deployed function has it, but that the evidence is always good. */
export function gateOf(workload: Workload, mlflow: string): GatePorts {
  const connections = {
    database: connectDatabase('OPS_SECRET_ARN', 10_000),
    gatekeeper: connectDatabase('GATEKEEPER_SECRET_ARN', 10_000),
    mlflow: connectMlflow({
      url: mlflow,
      region: 'us-east-1',
      credentials: async () => ({ accessKeyId: 'test', secretAccessKey: 'test' }),
      patience: 10_000,
    }),
    artifacts: artifactsInMemory(),
    artifactBucket: 'bucket',
    listVersions: async () => [],
    sendEvents: eventsTo(new EventBridgeClient({}), 'bus'),
    environment: 'test',
    config: environments.local,
    workloads: [workload],
    code: 'townin-mlops 0',
    now: () => new Date(),
    log: (message: string, details: object) => console.error(message, details),
  }
  return {
    ...openGate(connections),
    gather: async ({ candidate: { name, version } }) => evidenceOf(name, version, 1),
  }
}

/** Asks the gate. @returns how it came out, in its own word */
export async function askGate(
  { what, workload, name, to }: Asked,
  mlflow: string,
): Promise<string> {
  const ports = gateOf(workload, mlflow)
  const guarded = findGuarded([workload], name)
  if (guarded === undefined) throw new Error(`Nobody guards ${name}.`)
  const outcome =
    what === 'promotion'
      ? await promote({ guarded, version: to, requester, reason: 'it is better' }, ports)
      : await rollBack({ guarded, to, requester, reason: 'it is wrong' }, ports)
  return outcome.kind
}

// As a process of its own, which can be killed: what is asked as JSON, and the address of MLflow.
if (import.meta.main) {
  const [asked = '', mlflow = ''] = process.argv.slice(2)
  process.stdout.write(await askGate(JSON.parse(asked) as Asked, mlflow))
}
