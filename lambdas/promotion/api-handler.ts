import { Logger } from '@aws-lambda-powertools/logger'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { S3Client } from '@aws-sdk/client-s3'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { eventsTo } from '../platform/events.ts'
import { httpHandler } from '../platform/http.ts'
import { connectMlflow } from '../platform/mlflow.ts'
import { versionsIn } from '../platform/object-versions.ts'
import { encodeName } from './api/encode-name.ts'
import { promotionRoutes } from './api/routes.ts'
import { type GateConnections, openGate } from './open-gate.ts'

/** An HTTP API gives up after 30 seconds; the caller is told to come back before that. */
const wakeLimit = 20_000
const mlflowPatience = 10_000

const logger = new Logger({ serviceName: 'promotion-api' })
const { name: environment, config } = deployedEnvironment()
const artifactBucket = environmentVariable('ARTIFACT_BUCKET')
const s3 = new S3Client({})

const connections: GateConnections = {
  database: connectDatabase('OPS_SECRET_ARN', wakeLimit),
  gatekeeper: connectDatabase('GATEKEEPER_SECRET_ARN', wakeLimit),
  mlflow: connectMlflow({
    // The route that leads past the gate, which this is.
    url: `${environmentVariable('FRONT_DOOR_URL')}/_mlflow`,
    region: environmentVariable('AWS_REGION'),
    credentials: defaultProvider(),
    patience: mlflowPatience,
  }),
  artifacts: artifactsIn(s3, artifactBucket),
  artifactBucket,
  listVersions: versionsIn(s3, artifactBucket),
  sendEvents: eventsTo(new EventBridgeClient({}), environmentVariable('EVENT_BUS_NAME')),
  environment,
  config,
  workloads,
  now: () => new Date(),
  log: (message, details) => logger.error(message, { details }),
}

export const handler = httpHandler(
  'promotion-api',
  promotionRoutes({ ...connections, ...openGate(connections), config }),
).before(({ event }) => encodeName(event))
