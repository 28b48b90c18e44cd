import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { Logger } from '@aws-lambda-powertools/logger'
import type { CloudFormationCustomResourceEvent } from 'aws-lambda'
import { connectDatabase } from '../platform/data-api.ts'
import { environmentVariable } from '../platform/environment.ts'
import { assertKnownMlflowSchema } from '../platform/mlflow-tables.ts'
import { bringUpToDate, runAlways } from './apply.ts'
import { before, gate, grantsAfter, opsMigrations } from './migrations.ts'
import { protectNames, readProtectedNames } from './protected-names.ts'
import { ensureRoles, type RoleSecret } from './roles.ts'

const logger = new Logger({ serviceName: 'migrations' })
const secretsManager = new SecretsManagerClient({})

/** Variables that name the secrets of the roles which a deployment makes. */
const roleSecrets = ['MLFLOW_SECRET_ARN', 'OPS_SECRET_ARN', 'GATEKEEPER_SECRET_ARN'] as const

/** A new cluster takes minutes until it answers. */
const wakeLimit = 5 * 60_000

/**
 * The custom resource that prepares the database, called twice a deployment: `before` MLflow starts (roles and
 * schemas) and `after` (grants, tables and functions). Deleting it changes nothing: data outlives the stack.
 */
export async function handler(
  event: CloudFormationCustomResourceEvent,
): Promise<{ PhysicalResourceId: string; Data?: { Applied: string } }> {
  const phase: unknown = event.ResourceProperties['phase']
  const PhysicalResourceId = `migrations-${String(phase)}`
  if (event.RequestType === 'Delete') return { PhysicalResourceId }
  const applied = await migrate(phase, event.ResourceProperties['protect'])
  logger.info('migrated', { phase, applied })
  return { PhysicalResourceId, Data: { Applied: applied.join(', ') } }
}

async function migrate(phase: unknown, protect: unknown): Promise<string[]> {
  const administrator = connectDatabase('ADMINISTRATOR_SECRET_ARN', wakeLimit)
  switch (phase) {
    case 'before': {
      const secrets = await Promise.all([...roleSecrets].map(roleSecret))
      await ensureRoles(administrator, secrets)
      await runAlways(administrator, before)
      return before.map(({ name }) => name)
    }
    case 'after': {
      const names = readProtectedNames(protect)
      await runAlways(administrator, grantsAfter)
      await runAlways(administrator, gate)
      await protectNames(administrator, names)
      const ops = connectDatabase('OPS_SECRET_ARN', wakeLimit)
      await assertKnownMlflowSchema(ops)
      return bringUpToDate(ops, opsMigrations)
    }
    default:
      throw new Error(`The phase is "${String(phase)}"; it must be before or after.`)
  }
}

async function roleSecret(variable: string): Promise<RoleSecret> {
  const { SecretString } = await secretsManager.send(
    new GetSecretValueCommand({ SecretId: environmentVariable(variable) }),
  )
  const { username, password } = JSON.parse(SecretString ?? '{}') as Partial<RoleSecret>
  if (!username || !password) {
    throw new Error(`The secret in ${variable} has no username and password.`)
  }
  return { username, password }
}
