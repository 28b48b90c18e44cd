import pg from 'pg'
import { bringUpToDate, runAlways } from '../../lambdas/migrations/apply.ts'
import { before, gate, grantsAfter, opsMigrations } from '../../lambdas/migrations/migrations.ts'
import { ensureRoles } from '../../lambdas/migrations/roles.ts'
import type { Database } from '../../lambdas/platform/data-api.ts'

/** Passwords of the roles that a deployment has. */
export interface RolePasswords {
  readonly administrator: string
  readonly mlflow: string
  readonly ops: string
  readonly gatekeeper: string
}

/** Makes the cluster's master as Aurora's is, who may create roles and is no superuser, and its database. */
export async function makeAdministrator(superuser: pg.Client, password: string): Promise<void> {
  await superuser.query(
    `create role administrator login createrole createdb password '${password}'`,
  )
  await superuser.query('create database mlops owner administrator')
}

/** Makes MLflow's schema and ours in the order of a deployment: roles, MLflow's own upgrade, grants, tables. */
export async function migrateDatabase(
  connect: (role: 'administrator' | 'ops') => Database | Promise<Database>,
  passwords: RolePasswords,
  upgradeMlflow: () => Promise<unknown>,
): Promise<void> {
  const administrator = await connect('administrator')
  await ensureRoles(
    administrator,
    (['mlflow', 'ops', 'gatekeeper'] as const).map((username) => ({
      username,
      password: passwords[username],
    })),
  )
  await runAlways(administrator, before)
  await upgradeMlflow()
  await runAlways(administrator, grantsAfter)
  await runAlways(administrator, gate)
  await bringUpToDate(await connect('ops'), opsMigrations)
}
