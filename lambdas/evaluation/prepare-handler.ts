import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { S3Client } from '@aws-sdk/client-s3'
import middy from '@middy/core'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedMlflow } from '../platform/deployed-mlflow.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { stepInput } from './plan.ts'
import { type Prepared, prepareEvaluation } from './prepare/prepare-evaluation.ts'

/** A paused cluster is up again in half a minute; a benchmark can wait longer. */
const wakeLimit = 120_000

const logger = new Logger({ serviceName: 'evaluation-prepare' })
const { config } = deployedEnvironment()
const artifactBucket = environmentVariable('ARTIFACT_BUCKET')
const database = connectDatabase('OPS_SECRET_ARN', wakeLimit)
const artifacts = artifactsIn(new S3Client({}), artifactBucket)
const mlflow = deployedMlflow()

async function prepare(event: unknown): Promise<Prepared> {
  const { evaluationId } = stepInput.parse(event)
  return prepareEvaluation(evaluationId, {
    workloads,
    database,
    artifacts,
    artifactBucket,
    mlflow,
    batchesAtOnce: config.evaluation.batchesAtOnce,
    now: () => new Date(),
    log: (message, details) => logger.info(message, details),
  })
}

export const handler = middy<unknown, Prepared>().use(injectLambdaContext(logger)).handler(prepare)
