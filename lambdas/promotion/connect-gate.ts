import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { S3Client } from '@aws-sdk/client-s3'
import type { EnvironmentConfig } from '../../config/environments.ts'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { mlflowPastTheGate } from '../platform/deployed-mlflow.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { eventsTo } from '../platform/events.ts'
import { connectMlflow } from '../platform/mlflow.ts'
import { versionsIn } from '../platform/object-versions.ts'
import type { GateConnections } from './open-gate.ts'

/**
 * What a deployed function of the gate is connected to that looks at evidence: one that decides, or the check.
 * @param limits milliseconds for which it waits for the database to wake, and for MLflow to come back
 */
export function connectGate(
  limits: { readonly wakeLimit: number; readonly mlflowPatience: number },
  log: GateConnections['log'],
): GateConnections & { readonly config: EnvironmentConfig } {
  const { name: environment, config } = deployedEnvironment()
  const artifactBucket = environmentVariable('ARTIFACT_BUCKET')
  const s3 = new S3Client({})
  return {
    database: connectDatabase('OPS_SECRET_ARN', limits.wakeLimit),
    gatekeeper: connectDatabase('GATEKEEPER_SECRET_ARN', limits.wakeLimit),
    mlflow: connectMlflow({ ...mlflowPastTheGate(), patience: limits.mlflowPatience }),
    artifacts: artifactsIn(s3, artifactBucket),
    artifactBucket,
    listVersions: versionsIn(s3, artifactBucket),
    sendEvents: eventsTo(new EventBridgeClient({}), environmentVariable('EVENT_BUS_NAME')),
    environment,
    config,
    workloads,
    code: environmentVariable('CODE_VERSION'),
    now: () => new Date(),
    log,
  }
}
