// Run by bootstrap.mjs after a supervisor was killed: ends what it has left running.
import { endLeftovers } from './process-records.ts'
import { recordsIn, runningSupervisor } from './running.ts'
import { readSettings } from './settings.ts'

const { data } = readSettings(process.env)
if (runningSupervisor(data) === undefined) {
  const left = await endLeftovers(recordsIn(data))
  if (left.length > 0) console.error(`Ended what was left running: ${left.join(', ')}.`)
}
