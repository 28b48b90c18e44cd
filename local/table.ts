/** A column of a table for a terminal. */
export interface Column<Row> {
  readonly title: string
  readonly text: (row: Row) => string
  /** Numbers stand under each other by their last digit. @default false */
  readonly right?: boolean
}

/** Renders rows as lines with a heading, two spaces between columns, indented by two. */
export const renderTable = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): string[] => {
  const cells = rows.map((row) => columns.map((column) => column.text(row)))
  const widths = columns.map((column, index) =>
    Math.max(column.title.length, ...cells.map((line) => line[index]?.length ?? 0)),
  )
  const line = (texts: readonly string[]): string =>
    `  ${texts
      .map((text, index) => {
        const width = widths[index] ?? 0
        return columns[index]?.right ? text.padStart(width) : text.padEnd(width)
      })
      .join('  ')}`.trimEnd()
  const rule = widths.map((width) => '─'.repeat(width))
  return [line(columns.map(({ title }) => title)), line(rule), ...cells.map(line)]
}
