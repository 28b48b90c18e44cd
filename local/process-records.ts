import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A process that a supervisor has started, as written beside the data, to be found again later. */
export interface ProcessRecord {
  readonly name: string
  readonly pid: number
  /** When the system says it started: a process with this id but another time is someone else's. */
  readonly startedAt: string
  readonly stopSignal: NodeJS.Signals
}

/** An opaque text that differs between two processes that had the same id; undefined when gone. */
export const startTimeOf = (pid: number): string | undefined => {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      // The name in parentheses may itself hold spaces and parentheses.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return fields[0] === 'Z' ? undefined : fields[19]
    }
    return (
      execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() ||
      undefined
    )
  } catch {
    return undefined
  }
}

const fileOf = (directory: string, name: string): string => join(directory, `${name}.json`)

/** Writes down a process that has just been started. */
export const record = (directory: string, entry: Omit<ProcessRecord, 'startedAt'>): void => {
  mkdirSync(directory, { recursive: true })
  const complete: ProcessRecord = { ...entry, startedAt: startTimeOf(entry.pid) ?? '' }
  writeFileSync(fileOf(directory, entry.name), JSON.stringify(complete))
}

/** Forgets a process that has ended. */
export const forget = (directory: string, name: string): void =>
  rmSync(fileOf(directory, name), { force: true })

/** Reads what is written down; a file that cannot be read is left out. */
export const recorded = (directory: string): ProcessRecord[] => {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      try {
        return [JSON.parse(readFileSync(join(directory, file), 'utf8')) as ProcessRecord]
      } catch {
        return []
      }
    })
}

/** Whether the recorded process still runs, and not another one that was given its id. */
export const stillRuns = (entry: ProcessRecord): boolean =>
  entry.startedAt !== '' && startTimeOf(entry.pid) === entry.startedAt

/** Sends a signal to the group that a process leads; false when there is no such group. */
export const signalGroup = (pid: number, signal: NodeJS.Signals | 0): boolean => {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}

/**
 * Ends what an earlier supervisor left running because it was killed itself.
 * Returns the names of the processes that were ended.
 */
export const endLeftovers = async (directory: string, seconds = 10): Promise<string[]> => {
  const left = recorded(directory).filter(stillRuns)
  for (const entry of left) {
    process.kill(entry.pid, entry.stopSignal)
  }
  const deadline = Date.now() + seconds * 1000
  while (left.some(stillRuns) && Date.now() < deadline) await sleep(50)
  // Also what the process itself had started: its group outlives it.
  for (const entry of left) signalGroup(entry.pid, 'SIGKILL')
  for (const entry of recorded(directory)) forget(directory, entry.name)
  return left.map((entry) => entry.name)
}
