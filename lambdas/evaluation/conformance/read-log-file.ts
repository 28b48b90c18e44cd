import type { EventLog } from './event-log.ts'
import { readCsvLog, readXesLog } from './read-event-log.ts'

/** Reads an event log by the name of its file: XES where it ends in `.xes`, CSV with XES's column names otherwise. */
export function readLogFile(name: string, bytes: Uint8Array): EventLog {
  return /\.xes$/i.test(name) ? readXesLog(bytes) : readCsvLog(bytes)
}
