import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { outsideDirectory } from './postgres-directory.ts'
import { endLeftovers } from './process-records.ts'
import { isDataDirectory, recordsIn, runningSupervisor } from './running.ts'
import { readSettings } from './settings.ts'

/** Data directories of stacks below the given one: the tests' stack lives in the user's. */
const stacksIn = (data: string): string[] =>
  [data, join(data, 'test')].filter((path) => existsSync(path))

const reset = async (): Promise<string> => {
  const { data, root } = readSettings(process.env)
  if (!existsSync(data)) return `There is no ${data}.`
  // The variable may name anything; only what a stack has made is removed.
  if (data !== join(root, '.local') && !isDataDirectory(data))
    throw new Error(`${data} (TOWNIN_DATA) is not the data of a local stack: it is left alone.`)
  for (const stack of stacksIn(data)) {
    const supervisor = runningSupervisor(stack)
    if (supervisor !== undefined)
      throw new Error(`A local stack runs with ${stack} (process ${supervisor}): end it first.`)
  }
  for (const stack of stacksIn(data)) {
    await endLeftovers(recordsIn(stack))
    const outside = outsideDirectory(stack)
    if (outside?.startsWith('/var/tmp/townin-mlops-'))
      rmSync(outside, { recursive: true, force: true })
  }
  rmSync(data, { recursive: true, force: true })
  return `Removed ${data}.`
}

try {
  console.log(await reset())
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
