import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { S3Client } from '@aws-sdk/client-s3'
import middy from '@middy/core'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { capacitySince } from '../platform/cluster-capacity.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { mlflowPastTheGate } from '../platform/deployed-mlflow.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { eventsTo } from '../platform/events.ts'
import { lastSuccessIn } from '../platform/last-success.ts'
import { connectMlflow } from '../platform/mlflow.ts'
import { versionsIn } from '../platform/object-versions.ts'
import { publisherTo } from '../platform/telemetry.ts'
import { publishIndicators } from './check/publish-indicators.ts'
import { type CheckResult, runCheck } from './check/run-check.ts'
import { tellLate } from './check/tell-late.ts'
import { ledgerIn } from './ledger-store.ts'
import { registryOf } from './registry.ts'
import { reportIndicators } from './report-indicators.ts'

const logger = new Logger({ serviceName: 'gate-check' })
const { name: environment, config } = deployedEnvironment()

/** A paused cluster is up again in half a minute; the check can wait longer. */
const wakeLimit = 120_000

const cloudWatch = new CloudWatchClient({})
const ops = connectDatabase('OPS_SECRET_ARN', wakeLimit)
const gate = connectDatabase('GATEKEEPER_SECRET_ARN', wakeLimit)
const artifactBucket = environmentVariable('ARTIFACT_BUCKET')
const s3 = new S3Client({})
const sources = {
  mlflow: connectMlflow(mlflowPastTheGate()),
  artifacts: artifactsIn(s3, artifactBucket),
  artifactBucket,
  listVersions: versionsIn(s3, artifactBucket),
}
const late = {
  ledger: ledgerIn(gate),
  registry: registryOf(sources.mlflow),
  sendEvents: eventsTo(new EventBridgeClient({}), environmentVariable('EVENT_BUS_NAME')),
  workloads,
  environment,
  now: () => new Date(),
  log: (message: string, details: object) => logger.error(message, { details }),
}
const publish = publisherTo(cloudWatch, environmentVariable('METRICS_NAMESPACE'), environment)
const lastSuccess = lastSuccessIn(environmentVariable('LAST_SUCCESS_PARAMETER'))

async function run(): Promise<CheckResult> {
  const result = await runCheck({
    config,
    workloads,
    gate,
    ops,
    listVersions: sources.listVersions,
    publish,
    publishIndicators: (now) =>
      publishIndicators(
        workloads,
        now,
        (workload, period) =>
          reportIndicators(workload, period, { ...sources, database: ops, gatekeeper: gate }),
        publish,
      ),
    tellLate: () => tellLate(late),
    lastSuccess,
    capacity: (since) => capacitySince(cloudWatch, environmentVariable('CLUSTER_ARN'), since),
    code: environmentVariable('CODE_VERSION'),
    now: () => new Date(),
  })
  logger.info('checked', { ...result })
  return result
}

export const handler = middy<unknown, CheckResult>().use(injectLambdaContext(logger)).handler(run)
