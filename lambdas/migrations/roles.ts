import { randomBytes } from 'node:crypto'
import type { Statements } from '../platform/data-api.ts'
import { scramVerifier } from './scram.ts'

/** A database role as its secret describes it. */
export interface RoleSecret {
  readonly username: string
  readonly password: string
}

/** Creates the roles, or gives them the password that their secret holds now. */
export async function ensureRoles(
  statements: Statements,
  secrets: readonly RoleSecret[],
): Promise<void> {
  for (const { username, password } of secrets) {
    // DDL takes no parameters, so the name is checked instead.
    if (!/^[a-z_][a-z0-9_]*$/.test(username)) {
      throw new Error(
        `The secret names the role "${username}"; use lower-case letters, digits and _.`,
      )
    }
    const found = await statements.query(
      'select rolname::text as name from pg_catalog.pg_roles where rolname = :name',
      { name: username },
    )
    const verb = found.length === 0 ? 'create' : 'alter'
    await statements.query(
      `${verb} role ${username} login password '${scramVerifier(password, randomBytes(16))}'`,
    )
  }
}
