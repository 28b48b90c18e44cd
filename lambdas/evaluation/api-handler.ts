import { randomUUID } from 'node:crypto'
import { S3Client } from '@aws-sdk/client-s3'
import { SFNClient } from '@aws-sdk/client-sfn'
import { workloads } from '../../config/workloads.ts'
import { artifactsIn } from '../platform/artifacts.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedMlflow } from '../platform/deployed-mlflow.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { httpHandler } from '../platform/http.ts'
import { stateMachineAt } from '../platform/state-machine.ts'
import { evaluationRoutes } from './api/routes.ts'
import { idOf } from './start/start-evaluation.ts'

/** An HTTP API gives up after 30 seconds; the caller is told to come back before that. */
const wakeLimit = 20_000
const mlflowPatience = 10_000

export const handler = httpHandler(
  'evaluation-api',
  evaluationRoutes({
    database: connectDatabase('OPS_SECRET_ARN', wakeLimit),
    artifacts: artifactsIn(new S3Client({}), environmentVariable('ARTIFACT_BUCKET')),
    mlflow: deployedMlflow(mlflowPatience),
    stateMachine: stateMachineAt(new SFNClient({}), environmentVariable('STATE_MACHINE_ARN')),
    config: deployedEnvironment().config,
    workloads,
    frontDoorUrl: environmentVariable('FRONT_DOOR_URL'),
    now: () => new Date(),
    newId: () => idOf(randomUUID()),
  }),
)
