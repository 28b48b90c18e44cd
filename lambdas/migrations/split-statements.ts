/** What a semicolon does not end: strings, quoted names, dollar-quoted bodies and comments. */
const opaque = /'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$)[\s\S]*?\1|--[^\n]*|\/\*[\s\S]*?\*\/|;/g

/** The statements of a SQL file, without their semicolons: the Data API takes one a call. */
export function splitStatements(sql: string): string[] {
  const statements: string[] = []
  let start = 0
  for (const match of sql.matchAll(opaque)) {
    if (match[0] !== ';') continue
    statements.push(sql.slice(start, match.index))
    start = match.index + 1
  }
  statements.push(sql.slice(start))
  return statements.map((statement) => statement.trim()).filter(hasCode)
}

function hasCode(statement: string): boolean {
  return statement.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() !== ''
}
