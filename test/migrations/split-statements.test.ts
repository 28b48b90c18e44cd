import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { before, gate, grantsAfter, opsMigrations } from '../../lambdas/migrations/migrations.ts'
import { splitStatements } from '../../lambdas/migrations/split-statements.ts'

describe('a SQL file is split into statements', () => {
  it.each([
    ['select 1; select 2;', ['select 1', 'select 2']],
    ['select 1', ['select 1']],
    ['select \';\'; select "a;b" from t', ["select ';'", 'select "a;b" from t']],
    ["select 'it''s; fine'", ["select 'it''s; fine'"]],
    ['do $$ begin a; b; end $$; select 1', ['do $$ begin a; b; end $$', 'select 1']],
    ['do $x$ $$;$$ $x$; c', ['do $x$ $$;$$ $x$', 'c']],
    ['-- a; b\nselect 1; -- last; words', ['-- a; b\nselect 1']],
    ['/* a; b */ select 1;;;', ['/* a; b */ select 1']],
    ['', []],
    ['-- nothing', []],
  ])('%j', (sql, statements) => {
    expect(splitStatements(sql)).toEqual(statements)
  })
})

describe('the migrations', () => {
  const all = [...before, ...grantsAfter, ...gate, ...opsMigrations]

  it('name every SQL file of the folder, in order', () => {
    const folder = join(import.meta.dirname, '../../lambdas/migrations')
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.sql'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
    expect(all.map(({ sql }) => sql).toSorted()).toEqual(files.toSorted())
    const names = opsMigrations.map(({ name }) => name)
    expect(names).toEqual(names.toSorted())
  })

  it('fit into a call of the Data API', () => {
    for (const { sql } of all) {
      for (const statement of splitStatements(sql)) expect(statement.length).toBeLessThan(60_000)
    }
  })

  it('hold no parameter by accident', () => {
    for (const { sql } of all) {
      const code = sql.replace(/--[^\n]*|'(?:[^']|'')*'/g, '')
      expect(code.match(/(?<![:\w]):[a-z_]\w*/g) ?? []).toEqual([])
    }
  })
})
