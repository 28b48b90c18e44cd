import { setTimeout as wait } from 'node:timers/promises'
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { S3Client } from '@aws-sdk/client-s3'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { connectMlflow } from '../platform/mlflow.ts'
import { type BatchResult, batchRequest, runBatch } from './batch/run-batch.ts'
import { openJudge } from './judges/open-judge.ts'

const logger = new Logger({ serviceName: 'evaluation-batch' })
const { evaluation } = deployedEnvironment().config
const secretsManager = new SecretsManagerClient({})

/** A paused cluster is up again in half a minute; a batch can wait longer. */
const wakeLimit = 120_000
const saveEvery = 5_000

async function secretText(name: string): Promise<string> {
  const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: name }))
  if (!SecretString) throw new Error(`The secret ${name} is empty.`)
  return SecretString
}

/** Waits; returns early when the signal aborts. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal }).catch(() => undefined)
}

const database = connectDatabase('OPS_SECRET_ARN', wakeLimit)
const artifacts = artifactsIn(new S3Client({}), environmentVariable('ARTIFACT_BUCKET'))
const mlflow = connectMlflow({
  url: environmentVariable('FRONT_DOOR_URL'),
  region: environmentVariable('AWS_REGION'),
  credentials: defaultProvider(),
})

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
