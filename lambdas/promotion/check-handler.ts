import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import middy from '@middy/core'
import { capacitySince } from '../platform/cluster-capacity.ts'
import { environmentVariable } from '../platform/environment.ts'
import { lastSuccessIn } from '../platform/last-success.ts'
import { publisherTo } from '../platform/telemetry.ts'
import { publishIndicators } from './check/publish-indicators.ts'
import { type CheckResult, runCheck } from './check/run-check.ts'
import { tellLate } from './check/tell-late.ts'
import { connectGate } from './connect-gate.ts'
import { ledgerIn } from './ledger-store.ts'
import { registryOf } from './registry.ts'
import { reportIndicators } from './report-indicators.ts'

const logger = new Logger({ serviceName: 'gate-check' })

/** A paused cluster is up again in half a minute, and MLflow after a restart in two; the check can wait longer. */
const limits = { wakeLimit: 120_000, mlflowPatience: 120_000 }

const gate = connectGate(limits, (message, details) => logger.error(message, { details }))
const { database: ops, gatekeeper, mlflow, environment, workloads } = gate
const late = { ...gate, ledger: ledgerIn(gatekeeper), registry: registryOf(mlflow) }
const cloudWatch = new CloudWatchClient({})
const publish = publisherTo(cloudWatch, environmentVariable('METRICS_NAMESPACE'), environment)
const lastSuccess = lastSuccessIn(environmentVariable('LAST_SUCCESS_PARAMETER'))

async function run(): Promise<CheckResult> {
  const result = await runCheck({
    ...gate,
    gate: gatekeeper,
    ops,
    publish,
    publishIndicators: (now) =>
      publishIndicators(
        workloads,
        now,
        (workload, period) => reportIndicators(workload, period, gate),
        publish,
      ),
    tellLate: () => tellLate(late),
    lastSuccess,
    capacity: (since) => capacitySince(cloudWatch, environmentVariable('CLUSTER_ARN'), since),
  })
  logger.info('checked', { ...result })
  return result
}

export const handler = middy<unknown, CheckResult>().use(injectLambdaContext(logger)).handler(run)
