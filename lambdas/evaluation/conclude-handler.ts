import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { S3Client } from '@aws-sdk/client-s3'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedMlflow } from '../platform/deployed-mlflow.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { eventsTo } from '../platform/events.ts'
import { lastSuccessIn } from '../platform/last-success.ts'
import { publisherTo } from '../platform/telemetry.ts'
import { conclude, type Conclusion } from './conclude/conclude.ts'
import type { ConcludeSurroundings } from './conclude/surroundings.ts'
import { readWish } from './conclude/wish.ts'
import { openJudge } from './judges/open-judge.ts'

const logger = new Logger({ serviceName: 'evaluation-conclude' })
const { name: environment, config } = deployedEnvironment()

/** A paused cluster is up again in half a minute. */
const wakeLimit = 120_000

/** Kept for what follows the assessments: the run, its table, and the events. */
const reserve = 180_000

const database = connectDatabase('OPS_SECRET_ARN', wakeLimit)
const artifactBucket = environmentVariable('ARTIFACT_BUCKET')
const artifacts = artifactsIn(new S3Client({}), artifactBucket)
const mlflow = deployedMlflow()
const publish = publisherTo(
  new CloudWatchClient({}),
  environmentVariable('METRICS_NAMESPACE'),
  environment,
)
const sendEvents = eventsTo(new EventBridgeClient({}), environmentVariable('EVENT_BUS_NAME'))
const lastSuccessPrefix = environmentVariable('LAST_SUCCESS_PREFIX')

const judgeOf: ConcludeSurroundings['judgeOf'] = ({ judge, workload }, evaluationId) =>
  openJudge(judge, {
    config: config.evaluation.judges[judge],
    criteria: workloads.find(({ name }) => name === workload)?.benchmark?.criteria ?? [],
    database,
    mlflow,
    evaluationId,
    callsAtOnce: 1,
    // It is only asked what it is, for which it needs no key.
    secretText: async () => '',
    now: () => new Date(),
  })

async function run(event: unknown, context: Context): Promise<Conclusion> {
  const conclusion = await conclude(readWish(event), {
    environment,
    workloads,
    database,
    artifacts,
    artifactBucket,
    mlflow,
    publish,
    lastSuccess: (workload) => lastSuccessIn(`${lastSuccessPrefix}${workload}`),
    sendEvents,
    judgeOf,
    now: () => new Date(),
    mayContinue: () => context.getRemainingTimeInMillis() > reserve,
    log: (message, details) => logger.info(message, details),
  })
  logger.info('concluded', { ...conclusion })
  return conclusion
}

export const handler = middy<unknown, Conclusion>().use(injectLambdaContext(logger)).handler(run)
