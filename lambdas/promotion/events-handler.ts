import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import middy from '@middy/core'
import { workloads } from '../../config/workloads.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { mlflowPastTheGate } from '../platform/deployed-mlflow.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { eventsTo } from '../platform/events.ts'
import { connectMlflow } from '../platform/mlflow.ts'
import { ledgerIn } from './ledger-store.ts'
import type { GatePorts } from './ports.ts'
import { registryOf } from './registry.ts'
import {
  type AutomaticRollback,
  goalMissed,
  rollBackAutomatically,
} from './roll-back-automatically.ts'

/** A paused cluster is up again in half a minute; an event can wait longer. */
const wakeLimit = 60_000
const mlflowPatience = 60_000

const logger = new Logger({ serviceName: 'gate-events' })

const ports: GatePorts = {
  ledger: ledgerIn(connectDatabase('GATEKEEPER_SECRET_ARN', wakeLimit)),
  registry: registryOf(connectMlflow({ ...mlflowPastTheGate(), patience: mlflowPatience })),
  // A rollback asks nothing of a version that was in production before.
  gather: () => Promise.reject(new Error('This function decides on no promotion.')),
  sendEvents: eventsTo(new EventBridgeClient({}), environmentVariable('EVENT_BUS_NAME')),
  workloads,
  environment: deployedEnvironment().name,
  code: environmentVariable('CODE_VERSION'),
  now: () => new Date(),
  log: (message, details) => logger.error(message, { details }),
}

async function run(event: unknown): Promise<AutomaticRollback> {
  const { detail } = goalMissed.parse(event)
  const result = await rollBackAutomatically(detail, ports)
  logger.info('heard of a missed goal', {
    workload: detail.workload,
    metric: detail.metric,
    ...result,
  })
  return result
}

export const handler = middy<unknown, AutomaticRollback>()
  .use(injectLambdaContext(logger))
  .handler(run)
