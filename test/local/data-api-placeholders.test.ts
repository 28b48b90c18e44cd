import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePlaceholders } from '../../local/data-api/placeholders.ts'

describe('placeholders', () => {
  test.each([
    ['select :a', 'select $1', ['a']],
    ['select :a, :b, :a', 'select $1, $2, $1', ['a', 'b']],
    ['select :a::int', 'select $1::int', ['a']],
    ['select x::text', 'select x::text', []],
    ['select :a::text[]', 'select $1::text[]', ['a']],
    ['select (array[1,2])[1:2]', 'select (array[1,2])[1:2]', []],
    ['select a[1:2][:n:3]', 'select a[1:2][$1:3]', ['n']],
    ["select ':a'", "select ':a'", []],
    ["select 'it''s :a', :b", "select 'it''s :a', $1", ['b']],
    ["select 'back\\', :b", "select 'back\\', $1", ['b']],
    ["select E'it\\'s :a', :b", "select E'it\\'s :a', $1", ['b']],
    ["select e'\\\\', :b", "select e'\\\\', $1", ['b']],
    ["select E'a\\''\n '\\':x', :b", "select E'a\\''\n '\\':x', $1", ['b']],
    ["select E'a'\n -- it's\n 'b\\':x', :b", "select E'a'\n -- it's\n 'b\\':x', $1", ['b']],
    ["select name'\\', :b", "select name'\\', $1", ['b']],
    ["select U&'\\0061:a', B'01', :b", "select U&'\\0061:a', B'01', $1", ['b']],
    ['select ":a", "x"":b", :c', 'select ":a", "x"":b", $1', ['c']],
    ['select 1 -- :a\n, :b', 'select 1 -- :a\n, $1', ['b']],
    ['select 1 /* :a /* :b */ :c */, :d', 'select 1 /* :a /* :b */ :c */, $1', ['d']],
    ['select $$ :a $$, :b', 'select $$ :a $$, $1', ['b']],
    ['select $x$ $$ :a $$ $y$ $x$, :b', 'select $x$ $$ :a $$ $y$ $x$, $1', ['b']],
    ['select $한$ :a $한$, :b', 'select $한$ :a $한$, $1', ['b']],
    ['select a$b$ , :c, d$b$', 'select a$b$ , $1, d$b$', ['c']],
    ['select f(x := :a)', 'select f(x := $1)', ['a']],
    ['select f(x=>:a)', 'select f(x=>$1)', ['a']],
    ['select 1+:a-:b', 'select 1+$1-$2', ['a', 'b']],
    ["select j->>'a:b', j @> :a, j ? 'k'", "select j->>'a:b', j @> $1, j ? 'k'", ['a']],
    ['select :한', 'select :한', []],
    ['select :_a1B_', 'select $1', ['_a1B_']],
    ["select 'unterminated :a", "select 'unterminated :a", []],
    ['select /* unterminated :a', 'select /* unterminated :a', []],
    ['', '', []],
  ])('%s', (sql, text, names) => {
    expect(parsePlaceholders(sql)).toMatchObject({ text, names })
  })

  test.each([
    ['', 0],
    [' ; -- nothing\n /* ; */ ', 0],
    ['select 1', 1],
    ['select 1;', 1],
    ['select 1; -- done', 1],
    ['select \';\', $$ ; $$, ";"', 1],
    ['select 1; select 2', 2],
    [';;select 1;;select 2;;', 2],
  ])('statements in %s: %i', (sql, statements) => {
    expect(parsePlaceholders(sql).statements).toBe(statements)
  })

  // Pieces of SQL whose placeholders are known; any order of them is lexically well-formed.
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/)
  const anything = fc.string({ unit: fc.constantFrom(...Array.from(':a\'"$-/*\\; \nE:1[]한')) })
  const piece = fc.oneof(
    name.map((value) => ({ sql: `:${value}`, placeholder: value as string | undefined })),
    fc
      .oneof(
        anything.map((value) => `'${value.replaceAll("'", "''")}'`),
        anything.map((value) => `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`),
        anything.map((value) => `"${value.replaceAll('"', '""')}"`),
        anything.map((value) => `--${value.replaceAll('\n', ' ')}\n`),
        anything.map((value) => `/*${value.replaceAll(/[*/]/g, '')}*/`),
        anything.map((value) => `/*/*${value.replaceAll(/[*/]/g, '')}*/:n*/`),
        anything.map((value) => `$t$${value.replaceAll('$', '')}$t$`),
        anything.map((value) => `$$${value.replaceAll('$', '')}$$`),
        name.map((value) => `x::${value}`),
        fc.tuple(fc.nat(99), fc.nat(99)).map(([from, to]) => `a[${from}:${to}]`),
        fc.constantFrom('select', '1.5e3', ',', '(', ')', 'a$b', '@>', '||', 'naïve'),
      )
      .map((sql) => ({ sql, placeholder: undefined as string | undefined })),
  )

  test('are found in any text, and nothing else is', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        // Strings that only white space with a line break parts would be one; `+` keeps them apart.
        const sql = pieces.map((each) => each.sql).join(' + ')
        const names = [...new Set(pieces.flatMap((each) => each.placeholder ?? []))]
        const expected = pieces
          .map((each) =>
            each.placeholder === undefined ? each.sql : `$${names.indexOf(each.placeholder) + 1}`,
          )
          .join(' + ')
        expect(parsePlaceholders(sql)).toMatchObject({ text: expected, names })
      }),
      { numRuns: 500 },
    )
  })

  test('of no text make it fail or change it when it has none', () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.string()), (sql) => {
        const parsed = parsePlaceholders(sql)
        if (parsed.names.length === 0) expect(parsed.text).toBe(sql)
      }),
      { numRuns: 1000 },
    )
  })
})
