import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { S3Client } from '@aws-sdk/client-s3'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import middy from '@middy/core'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { eventsTo } from '../platform/events.ts'
import { connectMlflow, passToMlflow } from '../platform/mlflow.ts'
import { versionsIn } from '../platform/object-versions.ts'
import type { HttpEvent } from '../platform/request.ts'
import { type MlflowRoutes, serveCall } from './mlflow/serve-call.ts'
import { openGate } from './open-gate.ts'

/** An HTTP API gives up after 30 seconds; the client is told to come back before that. */
const wakeLimit = 15_000
const mlflowPatience = 8_000
const passTimeout = 25_000

const logger = new Logger({ serviceName: 'gate' })
const { name: environment, config } = deployedEnvironment()
const artifactBucket = environmentVariable('ARTIFACT_BUCKET')
const s3 = new S3Client({})
const internalMlflow = {
  // The route that leads past the gate, which this is.
  url: `${environmentVariable('FRONT_DOOR_URL')}/_mlflow`,
  region: environmentVariable('AWS_REGION'),
  credentials: defaultProvider(),
}

const routes: MlflowRoutes = {
  ports: openGate({
    database: connectDatabase('OPS_SECRET_ARN', wakeLimit),
    gatekeeper: connectDatabase('GATEKEEPER_SECRET_ARN', wakeLimit),
    mlflow: connectMlflow({ ...internalMlflow, patience: mlflowPatience }),
    artifacts: artifactsIn(s3, artifactBucket),
    artifactBucket,
    listVersions: versionsIn(s3, artifactBucket),
    sendEvents: eventsTo(new EventBridgeClient({}), environmentVariable('EVENT_BUS_NAME')),
    environment,
    config,
    workloads,
    now: () => new Date(),
    log: (message, details) => logger.error(message, { details }),
  }),
  pass: passToMlflow(internalMlflow, passTimeout),
  fail: (message, error) => {
    logger.error(message, { error, cause: error instanceof Error ? error.cause : undefined })
  },
}

export const handler = middy<HttpEvent, APIGatewayProxyStructuredResultV2>()
  .use(injectLambdaContext(logger))
  .handler((event: HttpEvent) => serveCall(event, routes))
