import { Logger } from '@aws-lambda-powertools/logger'
import { httpHandler } from '../platform/http.ts'
import { encodeName } from './api/encode-name.ts'
import { promotionRoutes } from './api/routes.ts'
import { connectGate } from './connect-gate.ts'
import { openGate } from './open-gate.ts'

/** An HTTP API gives up after 30 seconds; the caller is told to come back before that. */
const limits = { wakeLimit: 20_000, mlflowPatience: 10_000 }

const logger = new Logger({ serviceName: 'promotion-api' })
const connections = connectGate(limits, (message, details) => logger.error(message, { details }))

export const handler = httpHandler(
  'promotion-api',
  promotionRoutes({ ...connections, ...openGate(connections), config: connections.config }),
).before(({ event }) => encodeName(event))
