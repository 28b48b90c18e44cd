import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import middy from '@middy/core'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { mlflowPastTheGate } from '../platform/deployed-mlflow.ts'
import { passToMlflow } from '../platform/mlflow.ts'
import type { HttpEvent } from '../platform/request.ts'
import { connectGate } from './connect-gate.ts'
import { type MlflowRoutes, serveCall } from './mlflow/serve-call.ts'
import { openGate } from './open-gate.ts'

/** An HTTP API gives up after 30 seconds; the client is told to come back before that. */
const limits = { wakeLimit: 15_000, mlflowPatience: 8_000 }
const passTimeout = 25_000

const logger = new Logger({ serviceName: 'gate' })

const routes: MlflowRoutes = {
  ports: openGate(connectGate(limits, (message, details) => logger.error(message, { details }))),
  pass: passToMlflow(mlflowPastTheGate(), passTimeout),
  fail: (message, error) => {
    logger.error(message, { error, cause: error instanceof Error ? error.cause : undefined })
  },
}

export const handler = middy<HttpEvent, APIGatewayProxyStructuredResultV2>()
  .use(injectLambdaContext(logger))
  .handler((event: HttpEvent) => serveCall(event, routes))
