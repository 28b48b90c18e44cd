// Plain JavaScript without packages: this runs before anything is installed, on the machine's Node.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const alive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

const holderOf = (file) => {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/**
 * Runs `work` while no other process holds the lock `name`; a lock whose holder has died is taken
 * over. So `npm start` and `npm test` on a fresh clone do not install into the same directory.
 */
export const withInstallLock = async (directory, name, work) => {
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${name}.lock`)
  for (;;) {
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const holder = holderOf(file)
      // An empty file has just been made by a holder that is about to write its id.
      if (holder && !alive(holder)) rmSync(file, { force: true })
      else await sleep(200)
    }
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}
