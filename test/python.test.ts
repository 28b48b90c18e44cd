import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { childEnvironment } from '../local/child-environment.ts'
import { readSettings } from '../local/settings.ts'

const { nodeBin, pythonBin } = readSettings({})

/** The suites that are written in Python, beside the code that they test. */
it.each(['clients/python/tests', 'examples/tests', 'test/local/emulator'])(
  'the Python tests in %s pass',
  { timeout: 300_000 },
  async (folder) => {
    expect(existsSync(folder)).toBe(true)
    const run = promisify(execFile)(
      join(pythonBin, 'python'),
      ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', folder],
      {
        env: childEnvironment({ nodeBin, pythonBin }, process.env),
        maxBuffer: 64 * 1024 * 1024,
      },
    )
    const { stdout } = await run.catch((error: { stdout: string; stderr: string }) => {
      throw new Error(`${error.stdout}\n${error.stderr}`)
    })
    expect(stdout).toMatch(/\d+ passed/)
    expect(stdout).not.toMatch(/skipped|failed|error/i)
  },
)
