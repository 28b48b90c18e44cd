import { randomUUID } from 'node:crypto'
import { S3Client } from '@aws-sdk/client-s3'
import { SFNClient } from '@aws-sdk/client-sfn'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { httpHandler } from '../platform/http.ts'
import { connectMlflow } from '../platform/mlflow.ts'
import { stateMachineAt } from '../platform/state-machine.ts'
import { evaluationRoutes } from './api/routes.ts'
import { idOf } from './start/start-evaluation.ts'

/** An HTTP API gives up after 30 seconds; the caller is told to come back before that. */
const wakeLimit = 20_000
const mlflowPatience = 10_000

const frontDoorUrl = environmentVariable('FRONT_DOOR_URL')

export const handler = httpHandler(
  'evaluation-api',
  evaluationRoutes({
    database: connectDatabase('OPS_SECRET_ARN', wakeLimit),
    artifacts: artifactsIn(new S3Client({}), environmentVariable('ARTIFACT_BUCKET')),
    mlflow: connectMlflow({
      url: frontDoorUrl,
      region: environmentVariable('AWS_REGION'),
      credentials: defaultProvider(),
      patience: mlflowPatience,
    }),
    stateMachine: stateMachineAt(new SFNClient({}), environmentVariable('STATE_MACHINE_ARN')),
    config: deployedEnvironment().config,
    workloads,
    frontDoorUrl,
    now: () => new Date(),
    newId: () => idOf(randomUUID()),
  }),
)
