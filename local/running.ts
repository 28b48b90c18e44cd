import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { endLeftovers, forget, record, recorded, stillRuns } from './process-records.ts'

const supervisor = 'supervisor'

const marker = (data: string): string => join(data, '.townin-mlops')

/** Whether a local stack has made this directory; only such a one may be wiped. */
export const isDataDirectory = (data: string): boolean => existsSync(marker(data))

/** Where the processes that were started with a data directory are written down. */
export const recordsIn = (data: string): string => join(data, 'run')

const supervisorRecords = (data: string): string => join(data, 'supervisor')

/** The process id of the supervisor that runs with this data directory, if one does. */
export const runningSupervisor = (data: string): number | undefined =>
  recorded(supervisorRecords(data)).find(stillRuns)?.pid

/**
 * Makes this process the one supervisor of a data directory, and ends what an earlier one that was
 * killed has left running. Returns the names of what was ended.
 */
export const becomeSupervisor = async (data: string): Promise<string[]> => {
  mkdirSync(data, { recursive: true })
  writeFileSync(marker(data), '')
  const other = runningSupervisor(data)
  if (other !== undefined)
    throw new Error(
      `A local stack already runs with ${data} (process ${other}). End it with Ctrl-C first, or ` +
        'set TOWNIN_DATA and TOWNIN_PORT_BASE to run another one beside it.',
    )
  record(supervisorRecords(data), { name: supervisor, pid: process.pid, stopSignal: 'SIGTERM' })
  return endLeftovers(recordsIn(data))
}

/** Says that this data directory has no supervisor any more. */
export const resignAsSupervisor = (data: string): void =>
  forget(supervisorRecords(data), supervisor)
