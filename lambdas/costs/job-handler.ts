import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { priceOverrides } from '../../config/prices.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { lastSuccessIn } from '../platform/last-success.ts'
import { capacitySince } from '../platform/cluster-capacity.ts'
import { secretTextFrom } from '../platform/secret-text.ts'
import { publisherTo } from '../platform/telemetry.ts'
import { bedrockInvocations } from './bedrock-invocations.ts'
import { jobPayload } from './job-payload.ts'
import { pricedWorkloads } from './priced-workloads.ts'
import { openAiUsage } from './openai-usage.ts'
import type { CallSource } from './provider-calls.ts'
import { runCostJob, type JobResult } from './run-job.ts'

const logger = new Logger({ serviceName: 'costs-job' })
const environment = deployedEnvironment()
const cloudWatch = new CloudWatchClient({})
const secretText = secretTextFrom(new SecretsManagerClient({}))

/** A paused cluster is up again in half a minute; the job can wait longer. */
const wakeLimit = 120_000

/** Kept for what follows the last chunk: figures, retention and notes. */
const reserve = 90_000

function callSources(): CallSource[] {
  const { bedrock, openAi } = environment.config.costs.callSources
  return [
    ...(bedrock ? [bedrockInvocations(cloudWatch)] : []),
    ...(openAi
      ? [openAiUsage(environmentVariable('OPENAI_USAGE_URL'), () => secretText(openAi.secretName))]
      : []),
  ]
}

const database = connectDatabase('OPS_SECRET_ARN', wakeLimit)
const lastSuccess = lastSuccessIn(environmentVariable('LAST_SUCCESS_PARAMETER'))

async function run(event: unknown, context: Context): Promise<JobResult> {
  const payload = jobPayload.parse(event)
  return runCostJob(payload, {
    config: environment.config,
    workloads: pricedWorkloads,
    overrides: priceOverrides,
    database,
    callSources: callSources(),
    publish: publisherTo(cloudWatch, environmentVariable('METRICS_NAMESPACE'), environment.name),
    lastSuccess,
    capacity: (since) => capacitySince(cloudWatch, environmentVariable('CLUSTER_ARN'), since),
    now: () => new Date(),
    mayContinue: () => context.getRemainingTimeInMillis() > reserve,
    log: (message, details) => logger.info(message, details),
  })
}

export const handler = middy<unknown, JobResult>().use(injectLambdaContext(logger)).handler(run)
