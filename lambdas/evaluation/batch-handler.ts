import { setTimeout as wait } from 'node:timers/promises'
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { S3Client } from '@aws-sdk/client-s3'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedMlflow } from '../platform/deployed-mlflow.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { secretTextFrom } from '../platform/secret-text.ts'
import { type BatchResult, batchRequest, runBatch } from './batch/run-batch.ts'
import { openJudge } from './judges/open-judge.ts'

const logger = new Logger({ serviceName: 'evaluation-batch' })
const { evaluation } = deployedEnvironment().config
const secretText = secretTextFrom(new SecretsManagerClient({}))

/** A paused cluster is up again in half a minute; a batch can wait longer. */
const wakeLimit = 120_000
const saveEvery = 5_000

/** Waits; returns early when the signal aborts. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => undefined)
}

const database = connectDatabase('OPS_SECRET_ARN', wakeLimit)
const artifacts = artifactsIn(new S3Client({}), environmentVariable('ARTIFACT_BUCKET'))
const mlflow = deployedMlflow()

async function run(event: unknown, context: Context): Promise<BatchResult> {
  const result = await runBatch(batchRequest.parse(event), {
    artifacts,
    database,
    evaluation,
    workloads,
    openJudge: (name, needs) =>
      openJudge(name, {
        ...needs,
        config: Object.hasOwn(evaluation.judges, name) ? evaluation.judges[name] : undefined,
        database,
        mlflow,
        secretText,
        now: () => new Date(),
      }),
    secretText,
    fetch,
    clock: () => performance.now(),
    sleep,
    random: () => Math.random(),
    timeLeft: () => context.getRemainingTimeInMillis(),
    saveEvery,
  })
  logger.info('Batch done', { ...result })
  return result
}

export const handler = middy<unknown, BatchResult>().use(injectLambdaContext(logger)).handler(run)
