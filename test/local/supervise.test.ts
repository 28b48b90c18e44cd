import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recorded, signalGroup } from '../../local/process-records.ts'
import { recordsIn, runningSupervisor } from '../../local/running.ts'

const fixture = new URL('fixtures/supervised.ts', import.meta.url).pathname

let data: string
let started: ChildProcess[]
let output: string

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'supervise-'))
  started = []
  output = ''
})

afterEach(() => {
  for (const child of started) child.kill('SIGKILL')
  for (const { pid } of recorded(recordsIn(data))) signalGroup(pid, 'SIGKILL')
  rmSync(data, { recursive: true, force: true })
})

const start = (...words: string[]): ChildProcess => {
  const child = spawn(process.execPath, [fixture, data, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
  started.push(child)
  return child
}

const until = async (condition: () => boolean): Promise<void> => {
  const deadline = Date.now() + 20_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`It did not happen. The output:\n${output}`)
    await sleep(20)
  }
}

const exitCode = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return child.exitCode
}

const groups = (): number[] => recorded(recordsIn(data)).map(({ pid }) => pid)

/** Process groups with a member that is not merely waiting to be buried by its parent. */
const livingGroups = (): number[] => {
  const lines = execFileSync('ps', ['-eo', 'pgid=,stat='], { encoding: 'utf8' }).trim().split('\n')
  const entries = lines.map((line) => line.trim().split(/\s+/))
  return entries.filter(([, state]) => !state?.startsWith('Z')).map(([group]) => Number(group))
}

/** Whether anything of these process groups is left. */
const someRun = (pids: readonly number[]): boolean => {
  const living = livingGroups()
  return pids.some((pid) => living.includes(pid))
}

const up = async (...words: string[]): Promise<{ child: ChildProcess; pids: number[] }> => {
  const child = start(...words)
  await until(() => output.includes('The stack is up.'))
  return { child, pids: groups() }
}

describe('a supervisor', () => {
  test('shows its steps and its report, and ends with 0 when it runs once', async () => {
    expect(await exitCode(start('once'))).toBe(0)
    expect(output).toMatch(/A \(\d+\.\d s\) ✓[^]*B \([^]*C \([^]*THE REPORT/)
    expect(groups()).toEqual([])
    expect(runningSupervisor(data)).toBeUndefined()
  })

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'ends everything, with what that has started itself, on %s',
    async (signal) => {
      const { child, pids } = await up()
      expect(pids).toHaveLength(2)
      child.kill(signal)
      expect(await exitCode(child)).toBe(0)
      expect(someRun(pids)).toBe(false)
    },
  )

  test('kills what does not end when it is asked to', async () => {
    const { child, pids } = await up('stubborn')
    child.kill('SIGTERM')
    expect(await exitCode(child)).toBe(0)
    expect(someRun(pids)).toBe(false)
  })

  test('ends what runs when it is interrupted in the middle of a step', async () => {
    const child = start('slow')
    await until(() => output.includes('C …') && groups().length === 3)
    const pids = groups()
    child.kill('SIGINT')
    expect(await exitCode(child)).toBe(130)
    expect(someRun(pids)).toBe(false)
  })

  test('ends what runs when a step fails, and says why', async () => {
    const child = start('fail')
    expect(await exitCode(child)).toBe(1)
    expect(output).toContain('C does not work.')
    expect(groups()).toEqual([])
  })

  test('ends everything when a process dies, and shows which one and the end of its log', async () => {
    const { child, pids } = await up()
    const victim = recorded(recordsIn(data)).find(({ name }) => name === 'b')
    process.kill(victim?.pid ?? 0, 'SIGKILL')
    expect(await exitCode(child)).toBe(1)
    expect(output).toMatch(
      /b was ended by SIGKILL\. The end of .*b\.log:\n[^]*the last thing it said/,
    )
    expect(someRun(pids)).toBe(false)
  })

  test('that was killed leaves processes, which the next start ends', async () => {
    const { child, pids } = await up()
    child.kill('SIGKILL')
    await exitCode(child)
    expect(someRun(pids)).toBe(true)
    output = ''
    expect(await exitCode(start('once'))).toBe(0)
    expect(output).toContain('Ended what an earlier start had left running: a, b.')
    expect(someRun(pids)).toBe(false)
  })

  test('refuses to run twice with the same data', async () => {
    const { child } = await up()
    const second = start()
    expect(await exitCode(second)).not.toBe(0)
    expect(output).toContain(`A local stack already runs with ${data}`)
    child.kill('SIGTERM')
    expect(await exitCode(child)).toBe(0)
  })

  test('ends when the process that launched it is killed', async () => {
    const launcher = `
      const child = require('node:child_process').spawn(process.execPath,
        ${JSON.stringify([fixture, data])},
        { stdio: 'inherit', env: { ...process.env, TOWNIN_END_WITH: String(process.pid) } })
    `
    const child = spawn(process.execPath, ['-e', launcher], { stdio: ['ignore', 'pipe', 'pipe'] })
    started.push(child)
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
    await until(() => output.includes('The stack is up.'))
    const pids = groups()
    child.kill('SIGKILL')
    await until(() => !someRun(pids) && runningSupervisor(data) === undefined)
    expect(recorded(recordsIn(data))).toEqual([])
  })
})
