import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import middy from '@middy/core'
import { workloads } from '../../config/workloads.ts'
import { connectDatabase } from '../platform/data-api.ts'
import { deployedEnvironment, environmentVariable } from '../platform/environment.ts'
import { deliver, type Delivery } from './deliver.ts'
import type { Language } from './words.ts'
import { readEvidence } from './read-evidence.ts'
import { postToSlack } from './slack.ts'
import { within } from './within.ts'

/**
 * A message may wait that long for its figures. After an evaluation the database is awake; a cost goal's alarm, which
 * may come while it sleeps, asks for none.
 */
const databaseLimit = 12_000
const wakeLimit = 10_000

const logger = new Logger({ serviceName: 'alerts' })
const environment = deployedEnvironment()
const database = connectDatabase('OPS_SECRET_ARN', wakeLimit)
const secretsManager = new SecretsManagerClient({})
const secretName = environmentVariable('SLACK_SECRET_NAME')

/** Read each time: messages are rare, and a webhook that was replaced works at once. */
async function webhookAddress(): Promise<string> {
  const { SecretString } = await secretsManager.send(
    new GetSecretValueCommand({ SecretId: secretName }),
  )
  return (SecretString ?? '').trim()
}

const delivery: Delivery = {
  options: {
    language: readLanguage(environmentVariable('SLACK_LANGUAGE')),
    environment: environment.name,
    timeZone: environment.config.timeZone,
    frontDoorUrl: environmentVariable('FRONT_DOOR_URL'),
    runbookUrl: process.env['RUNBOOK_URL'] || undefined,
  },
  workloads,
  readEvidence: (change) => within(databaseLimit, readEvidence(database, change)),
  post: async (message) => postToSlack(await webhookAddress(), message, { secretName }),
  now: () => new Date(),
  log: (message, details) => logger.info(message, details),
}

function readLanguage(text: string): Language {
  if (text !== 'ko' && text !== 'en') throw new Error(`SLACK_LANGUAGE is ${text}; give ko or en.`)
  return text
}

/** Sends what is published to the alert topic to Slack. */
export const handler = middy<unknown, void>()
  .use(injectLambdaContext(logger))
  .handler((event) => deliver(event, delivery))
