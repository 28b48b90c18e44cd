import { createHash } from 'node:crypto'
import type { Database, Statements } from '../platform/data-api.ts'
import type { Migration } from './migrations.ts'
import { splitStatements } from './split-statements.ts'

const repeatable = /^-- repeatable\b/

/** Runs the statements of every file again; they must allow that. */
export async function runAlways(
  statements: Statements,
  migrations: readonly Migration[],
): Promise<void> {
  for (const migration of migrations) {
    for (const statement of splitStatements(migration.sql)) await statements.query(statement)
  }
}

/**
 * Brings the `ops` schema up to date: runs what has not run, and repeatable files that changed.
 * Throws, changing nothing, when a file that ran once differs from what ran.
 * @returns names of the files that ran
 */
export async function bringUpToDate(
  database: Database,
  migrations: readonly Migration[],
): Promise<string[]> {
  await database.query(
    `create table if not exists ops.migration (
       name text primary key, digest text not null, applied_at timestamptz not null default now())`,
  )
  const applied = new Map(
    (
      await database.query<{ name: string; digest: string }>(
        'select name, digest from ops.migration',
      )
    ).map(({ name, digest }) => [name, digest]),
  )
  const due = migrations.filter(({ name, sql }) => applied.get(name) !== digestOf(sql))
  for (const { name, sql } of due) {
    if (applied.has(name) && !repeatable.test(sql)) {
      throw new Error(
        `The migration ${name} was changed after it ran. Restore it and put the change into a new file.`,
      )
    }
  }
  for (const { name, sql } of due) {
    await database.transaction(async (statements) => {
      for (const statement of splitStatements(sql)) await statements.query(statement)
      await statements.query(
        `insert into ops.migration (name, digest) values (:name, :digest)
         on conflict (name) do update set digest = excluded.digest, applied_at = now()`,
        { name, digest: digestOf(sql) },
      )
    })
  }
  return due.map(({ name }) => name)
}

function digestOf(sql: string): string {
  return createHash('sha256').update(sql).digest('hex')
}
