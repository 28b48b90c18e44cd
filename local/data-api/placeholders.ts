/** A statement whose `:name` placeholders were found. */
export interface ParsedSql {
  /** The text with each placeholder as `$1`, `$2`, …; a name that occurs twice keeps its number. */
  readonly text: string
  /** Names in the order of their numbers. */
  readonly names: readonly string[]
  /** How many statements the text holds, empty ones not counted. */
  readonly statements: number
  /** Whether the text itself uses `$1`, which could not be told from ours. */
  readonly positional: boolean
}

const SPACE = /[ \t\n\r\f\v]/
const IDENTIFIER_START = /[A-Za-z_\u0080-\uffff]/
const IDENTIFIER_PART = /[A-Za-z0-9_$\u0080-\uffff]/
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
// What may stand between the parts of one string constant: white space with a line break in it.
const CONTINUATION = /(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*'/y

/**
 * Finds the `:name` placeholders of a statement by Postgres' lexical rules: not in strings (plain,
 * `E''`, dollar-quoted), quoted identifiers or comments (which nest), not in `::` casts and not in
 * array slices with numbers (`a[1:2]`). Text that ends inside a string or comment is left as it is
 * for Postgres to reject.
 */
export function parsePlaceholders(sql: string): ParsedSql {
  const numbers = new Map<string, number>()
  let text = ''
  let copied = 0
  let statements = 0
  let statementOpen = false
  let positional = false
  // A function body in SQL's own form holds semicolons; only Postgres can tell where it ends.
  const mayHoldBody = /\bbegin\s+atomic\b/i.test(sql)

  let at = 0
  while (at < sql.length) {
    const character = sql.charAt(at)
    const next = sql.charAt(at + 1)
    if (SPACE.test(character)) {
      at += 1
      continue
    }
    if (character === '-' && next === '-') {
      at = endOfLine(sql, at)
      continue
    }
    if (character === '/' && next === '*') {
      at = endOfComment(sql, at)
      continue
    }
    if (character === ';' && !mayHoldBody) {
      statementOpen = false
      at += 1
      continue
    }
    if (!statementOpen) {
      statementOpen = true
      statements += 1
    }
    if (character === "'") {
      at = endOfString(sql, at, false)
    } else if (character === '"') {
      at = endOfQuoted(sql, at)
    } else if (character === '$') {
      const tag = matchAt(DOLLAR_TAG, sql, at)
      if (tag) at = endOfDollarQuoted(sql, at, tag)
      else {
        positional ||= /[0-9]/.test(next)
        at += 1
      }
    } else if (IDENTIFIER_START.test(character)) {
      const end = endOfIdentifier(sql, at)
      const isEscapePrefix = end === at + 1 && /[eE]/.test(character)
      at = isEscapePrefix && sql[end] === "'" ? endOfString(sql, end, true) : end
    } else if (/[0-9]/.test(character)) {
      at = endOfNumber(sql, at)
    } else if (character === ':' && (next === ':' || next === '=')) {
      at += 2
    } else if (character === ':' && matchAt(NAME, sql, at + 1)) {
      const name = matchAt(NAME, sql, at + 1) as string
      const number = numbers.get(name) ?? numbers.size + 1
      numbers.set(name, number)
      text += `${sql.slice(copied, at)}$${number}`
      at += 1 + name.length
      // `$1` directly before a digit would read as another number.
      if (/[0-9]/.test(sql.charAt(at))) text += ' '
      copied = at
    } else {
      at += 1
    }
  }
  return { text: text + sql.slice(copied), names: [...numbers.keys()], statements, positional }
}

function matchAt(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0]
}

function endOfLine(sql: string, at: number): number {
  while (at < sql.length && sql[at] !== '\n' && sql[at] !== '\r') at += 1
  return at
}

function endOfComment(sql: string, at: number): number {
  let depth = 0
  while (at < sql.length) {
    if (sql.startsWith('/*', at)) {
      depth += 1
      at += 2
    } else if (sql.startsWith('*/', at)) {
      depth -= 1
      at += 2
      if (depth === 0) return at
    } else {
      at += 1
    }
  }
  return at
}

function endOfString(sql: string, at: number, escapes: boolean): number {
  at += 1
  while (at < sql.length) {
    if (escapes && sql[at] === '\\') {
      at += 2
    } else if (sql[at] !== "'") {
      at += 1
    } else if (sql[at + 1] === "'") {
      at += 2
    } else {
      const continuation = matchAt(CONTINUATION, sql, at + 1)
      if (!continuation) return at + 1
      at += 1 + continuation.length
    }
  }
  return at
}

function endOfQuoted(sql: string, at: number): number {
  at += 1
  while (at < sql.length) {
    if (sql[at] !== '"') at += 1
    else if (sql[at + 1] === '"') at += 2
    else return at + 1
  }
  return at
}

function endOfDollarQuoted(sql: string, at: number, tag: string): number {
  const end = sql.indexOf(tag, at + tag.length)
  return end < 0 ? sql.length : end + tag.length
}

function endOfIdentifier(sql: string, at: number): number {
  while (at < sql.length && IDENTIFIER_PART.test(sql.charAt(at))) at += 1
  return at
}

function endOfNumber(sql: string, at: number): number {
  while (at < sql.length && /[0-9A-Za-z_.]/.test(sql.charAt(at))) at += 1
  return at
}
