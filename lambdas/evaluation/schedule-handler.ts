import { randomUUID } from 'node:crypto'
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { SFNClient } from '@aws-sdk/client-sfn'
import middy from '@middy/core'
import { workloads } from '../../config/workloads.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { lastSuccessOrDeployment } from '../platform/last-success.ts'
import { stateMachineAt } from '../platform/state-machine.ts'
import { publisherTo } from '../platform/telemetry.ts'
import { runSchedule, type ScheduleResult } from './start/run-schedule.ts'
import { schedulePayload } from './start/schedule-payload.ts'
import { idOf } from './start/start-evaluation.ts'

/** A paused cluster is up again in half a minute; a schedule can wait longer. */
const wakeLimit = 120_000

const logger = new Logger({ serviceName: 'evaluation-schedule' })
const environment = deployedEnvironment()
const lastSuccessPrefix = environmentVariable('LAST_SUCCESS_PREFIX')
const publish = publisherTo(
  new CloudWatchClient({}),
  environmentVariable('METRICS_NAMESPACE'),
  environment.name,
)
const stateMachine = stateMachineAt(new SFNClient({}), environmentVariable('STATE_MACHINE_ARN'))

async function run(event: unknown): Promise<ScheduleResult> {
  const result = await runSchedule(schedulePayload.parse(event), {
    config: environment.config,
    workloads,
    connect: () => connectDatabase('OPS_SECRET_ARN', wakeLimit),
    stateMachine,
    lastSuccess: async (workload) => lastSuccessOrDeployment(`${lastSuccessPrefix}${workload}`),
    publish,
    newId: () => idOf(randomUUID()),
    now: () => new Date(),
  })
  logger.info('ran', { ...result })
  return result
}

export const handler = middy<unknown, ScheduleResult>()
  .use(injectLambdaContext(logger))
  .handler(run)
