import { connectDatabase } from '../platform/data-api.ts'
import { deployedEnvironment } from '../platform/environment.ts'
import { httpHandler } from '../platform/http.ts'
import { pricedWorkloads } from './priced-workloads.ts'
import { costRoutes } from './routes.ts'

/** An HTTP API gives up after 30 seconds; the caller is told to come back before that. */
const wakeLimit = 20_000

export const handler = httpHandler(
  'costs-api',
  costRoutes({
    database: connectDatabase('OPS_SECRET_ARN', wakeLimit),
    config: deployedEnvironment().config,
    workloads: pricedWorkloads,
    now: () => new Date(),
  }),
)
