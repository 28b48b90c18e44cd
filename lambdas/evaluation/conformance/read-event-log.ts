import { CsvError, parse } from 'csv-parse/sync'
import { decodeText } from './decode-text.ts'
import type { EventLog, Finding, LogEvent } from './event-log.ts'
import { readXml } from './read-xml.ts'
import { parseTimestamp } from './timestamp.ts'
import { UnreadableFile } from './unreadable-file.ts'

const what = 'event log'

export interface EventLogOptions {
  /** Encoding of the file if it has no byte order mark. @default the one that XML declares, or UTF-8 */
  readonly encoding?: string
  /** Most events that are read; more are an error. @default 1000000 */
  readonly maxEvents?: number
}

/** Columns of a CSV file; the defaults are the names that XES gives to them. */
export interface CsvColumns {
  /** @default 'case:concept:name' */
  readonly case?: string
  /** @default 'concept:name' */
  readonly activity?: string
  /** `null`: the file has none, and events stand in their order. @default 'time:timestamp' */
  readonly timestamp?: string | null
}

export interface CsvOptions extends EventLogOptions {
  readonly columns?: CsvColumns
  /** @default ',' */
  readonly delimiter?: string
}

const mostEvents = 1_000_000

/**
 * Reads a CSV file (RFC 4180) with a header and one event a row. Events of a case are put in the order of their
 * timestamps; those with equal timestamps keep the order of the file, and a warning names the case. Rows of a case need
 * not stand together.
 *
 * @throws UnreadableFile with every row that is wrong: an event that was left out would look like a deviation
 */
export function readCsvLog(bytes: Uint8Array, options: CsvOptions = {}): EventLog {
  const text = decodeText(what, bytes, options.encoding)
  const maxEvents = options.maxEvents ?? mostEvents
  const [header, ...rows] = csvRows(text, options.delimiter ?? ',', maxEvents)
  if (header === undefined) throw new UnreadableFile(what, [{ line: null, message: 'It is empty' }])
  if (rows.length === 0) {
    throw new UnreadableFile(what, [{ line: header.line, message: 'It has a header and no event' }])
  }
  if (rows.length > maxEvents) throw tooMany(maxEvents, rows.at(-1)?.line ?? null)
  const columns = columnsIn(header.cells, header.line, options.columns ?? {})

  const draft = new Draft()
  for (const { cells, line } of rows) {
    if (cells.length !== header.cells.length) {
      const message = `It has ${cells.length} columns, the header has ${header.cells.length}`
      draft.findings.push({ line, message })
      continue
    }
    const id = cells[columns.case] ?? ''
    const timestamp = columns.timestamp === null ? null : (cells[columns.timestamp] ?? '')
    if (id.trim() === '') draft.findings.push({ line, message: 'The case is empty' })
    draft.add(id, cells[columns.activity] ?? '', timestamp, line)
  }
  return draft.finish('sorted')
}

/**
 * Reads a XES file (IEEE 1849): the case is `concept:name` of a trace, the activity that of an event. The order of
 * the events in a trace is the order in which they happened; a warning names those whose timestamps contradict it.
 *
 * @throws UnreadableFile with every event that is wrong
 */
export function readXesLog(bytes: Uint8Array, options: EventLogOptions = {}): EventLog {
  const text = decodeText(what, bytes, options.encoding)
  const maxEvents = options.maxEvents ?? mostEvents
  const draft = new Draft()
  const names = new Map<string, number>()
  let trace: { id: string | undefined; line: number; events: XesEvent[] } | undefined
  let event: XesEvent | undefined
  let events = 0
  let root = true

  readXml(what, text, {
    open: (element, path) => {
      const parent = path.at(-1)?.name
      const { key, value } = element.attributes
      if (root && element.name !== 'log') {
        draft.findings.push({ line: element.line, message: `<${element.name}> is not <log>` })
      }
      root = false
      if (element.name === 'trace' && parent === 'log') {
        trace = { id: undefined, line: element.line, events: [] }
      } else if (element.name === 'event' && parent === 'trace') {
        events += 1
        if (events > maxEvents) throw tooMany(maxEvents, element.line)
        event = { activity: '', timestamp: null, line: element.line }
        trace?.events.push(event)
      } else if (key === 'concept:name' && parent === 'event' && event !== undefined) {
        event.activity = value ?? ''
      } else if (key === 'time:timestamp' && parent === 'event' && event !== undefined) {
        event.timestamp = value ?? ''
      } else if (key === 'concept:name' && parent === 'trace' && trace !== undefined) {
        trace.id = value
      }
    },
    close: (element, path) => {
      if (element.name !== 'trace' || path.at(-1)?.name !== 'log' || trace === undefined) return
      const { id = '', line } = trace
      if (id.trim() === '') draft.findings.push({ line, message: 'The trace has no concept:name' })
      const before = names.get(id)
      if (before !== undefined) {
        const message = `The trace "${id}" has the name of the one in line ${before}; they are checked as two cases`
        draft.warnings.push({ line, message })
      }
      names.set(id, line)
      draft.begin(id)
      for (const { activity, timestamp, line: at } of trace.events) {
        draft.add(id, activity, timestamp, at)
      }
      trace = undefined
    },
  })
  return draft.finish('as written')
}

interface XesEvent {
  activity: string
  timestamp: string | null
  readonly line: number
}

interface Row {
  readonly cells: readonly string[]
  /** Line in which the row ends. */
  readonly line: number
}

function csvRows(text: string, delimiter: string, maxEvents: number): readonly Row[] {
  try {
    const rows = parse(text, {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      // The header, and one more than allowed, so that a file that is too long is noticed.
      to: maxEvents + 2,
    }) as unknown as readonly { info: { lines: number }; record: string[] }[]
    return rows.map(({ info, record }) => ({ cells: record, line: info.lines }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const { lines } = error as CsvError & { lines?: number }
    throw Object.assign(
      new UnreadableFile(what, [{ line: lines ?? null, message: error.message }]),
      { cause: error },
    )
  }
}

function columnsIn(
  header: readonly string[],
  line: number,
  columns: CsvColumns,
): { case: number; activity: number; timestamp: number | null } {
  const findings: Finding[] = []
  const find = (name: string): number => {
    const index = header.indexOf(name)
    if (index === -1) {
      const message = `There is no column "${name}" among ${header.map((cell) => `"${cell}"`).join(', ')}: name the column, or the delimiter`
      findings.push({ line, message })
    } else if (header.includes(name, index + 1)) {
      findings.push({ line, message: `There are two columns "${name}"` })
    }
    return index
  }
  const found = {
    case: find(columns.case ?? 'case:concept:name'),
    activity: find(columns.activity ?? 'concept:name'),
    timestamp: columns.timestamp === null ? null : find(columns.timestamp ?? 'time:timestamp'),
  }
  if (findings.length > 0) throw new UnreadableFile(what, findings)
  return found
}

function tooMany(maxEvents: number, line: number | null): UnreadableFile {
  const message = `It has more than ${maxEvents} events: raise the limit or take a shorter period`
  return new UnreadableFile(what, [{ line, message }])
}

/** A log under construction. */
class Draft {
  readonly findings: Finding[] = []
  readonly warnings: Finding[] = []
  readonly #cases: { id: string; events: LogEvent[] }[] = []
  readonly #open = new Map<string, { id: string; events: LogEvent[] }>()

  /** Starts a case, also where there is one of that name. */
  begin(id: string): { id: string; events: LogEvent[] } {
    const started = { id, events: [] }
    this.#cases.push(started)
    this.#open.set(id, started)
    return started
  }

  add(id: string, activity: string, timestamp: string | null, line: number): void {
    if (activity.trim() === '') this.findings.push({ line, message: 'The activity is empty' })
    const at = timestamp === null ? null : parseTimestamp(timestamp)
    if (timestamp !== null && at === null) {
      this.findings.push({ line, message: `"${timestamp}" is not a timestamp of ISO 8601` })
    }
    const target = this.#open.get(id) ?? this.begin(id)
    target.events.push({ activity, at, line })
  }

  finish(order: 'sorted' | 'as written'): EventLog {
    if (this.findings.length > 0) throw new UnreadableFile(what, this.findings)
    if (this.#cases.length === 0) {
      throw new UnreadableFile(what, [{ line: null, message: 'It has no case' }])
    }
    const cases = this.#cases.map(({ id, events }) => {
      // The order of equal elements stays.
      const sorted =
        order === 'sorted'
          ? events.toSorted((left, right) => (left.at ?? 0) - (right.at ?? 0))
          : events
      this.#warnOfOrder(id, sorted)
      return { id, events: sorted }
    })
    return { cases, warnings: this.warnings }
  }

  /** One warning a case for each of the two: a big log without times of day would have one for every event. */
  #warnOfOrder(id: string, events: readonly LogEvent[]): void {
    const pairs = events.flatMap((event, index) => {
      const before = events[index - 1]
      return before === undefined || before.at === null || event.at === null
        ? []
        : [{ event, by: event.at - before.at, before }]
    })
    const same = pairs.filter(
      ({ event, by, before }) => by === 0 && event.activity !== before.activity,
    )
    const earlier = pairs.filter(({ by }) => by < 0)
    for (const [found, relation] of [
      [same, 'the timestamp of'],
      [earlier, 'an earlier timestamp than'],
    ] as const) {
      const [first] = found
      if (first === undefined) continue
      this.warnings.push({
        line: first.event.line,
        message: `Case "${id}": "${first.event.activity}" has ${relation} "${first.before.activity}" before it${found.length > 1 ? ` (and ${found.length - 1} more)` : ''}; the order of the file counts`,
      })
    }
  }
}
