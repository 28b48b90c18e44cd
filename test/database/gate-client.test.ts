import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { Processes } from '../../local/processes.ts'
import { readSettings } from '../../local/settings.ts'
import { startMlflowServer } from './mlflow-server.ts'

interface Attempt {
  readonly what: string
  readonly status: number
  readonly seconds: number
  /** Whether anything of the protected names is otherwise than before. */
  readonly changed: boolean
  readonly message: string
  readonly spelling?: string
}

interface Report {
  readonly refused: readonly Attempt[]
  /** What a call that nobody protects is answered in each spelling. */
  readonly spellings: Readonly<Record<string, number>>
  readonly works: readonly Attempt[]
  readonly moves: readonly { to: number; served: readonly string[] }[]
  /** A promotion of a prompt that was registered while its name was protected. */
  readonly prompts: readonly Attempt[]
  readonly concurrent: {
    readonly versions: readonly number[]
    readonly moves: readonly (readonly [number, number])[]
    readonly served: readonly string[]
    readonly errors: readonly (readonly [number, boolean])[]
  }
  readonly findings: readonly unknown[]
}

const directory = mkdtempSync(join(tmpdir(), 'gate-client-'))
const directories = { records: join(directory, 'processes'), logs: join(directory, 'logs') }
for (const one of Object.values(directories)) mkdirSync(one)
const processes = new Processes(directories, () => undefined)
let report: Report

/** MLflow's server as it is deployed, with nothing in front of it, and its stock client. */
beforeAll(async () => {
  const { address, env } = await startMlflowServer(processes, directory)
  const passwords = inject('passwords')
  const { stdout } = await promisify(execFile)(
    join(readSettings({}).pythonBin, 'python'),
    ['test/database/clients/gate_attempts.py'],
    {
      env: {
        ...env,
        MLFLOW_TRACKING_URI: address,
        ADMINISTRATOR_PASSWORD: passwords['administrator'],
        GATEKEEPER_PASSWORD: passwords['gatekeeper'],
      },
      maxBuffer: 16 * 1024 * 1024,
    },
  )
  report = JSON.parse(stdout) as Report
}, 400_000)

afterAll(async () => {
  await processes.stopAll()
  rmSync(directory, { recursive: true, force: true })
})

describe("MLflow's stock client, straight at MLflow", () => {
  it('is refused at once with status 400, and nothing has changed', () => {
    const byClient = report.refused.filter(({ spelling }) => spelling === undefined)
    expect(byClient).toHaveLength(30)
    expect(byClient.filter(({ status }) => status !== 400)).toEqual([])
    expect(byClient.filter(({ changed }) => changed)).toEqual([])
    expect(byClient.filter(({ seconds }) => seconds >= 2)).toEqual([])
  })

  it('is told why by the database', () => {
    expect(
      report.refused.filter(
        ({ status, message }) =>
          status === 400 && !message.includes('psycopg2.errors.RaiseException'),
      ),
    ).toEqual([])
  })

  it('can do all else', () => {
    expect(report.works.length).toBeGreaterThan(20)
    expect(report.works.filter(({ status }) => status !== 200)).toEqual([])
  })

  it('moves what the gate has approved, and both ways to say production give the same version', () => {
    expect(report.moves).toEqual([2, 3, 1].map((to) => ({ to, served: [String(to), String(to)] })))
    expect(report.findings).toEqual([])
  })

  it('registers prompts with settings and tags, and they count as they were registered', () => {
    expect(report.prompts.map(({ status, changed }) => [status, changed])).toEqual([
      [200, false],
      [200, true],
    ])
  })
})

describe('every endpoint that moves, removes or changes', () => {
  it('is refused in every spelling that MLflow takes', () => {
    const taken = Object.keys(report.spellings).filter((one) => report.spellings[one] === 200)
    expect(taken).toEqual(
      expect.arrayContaining([
        '/api',
        '/ajax-api',
        'double slash',
        'encoded letter',
        'encoded letter of /api',
        'encoded slash',
        'double slash within',
      ]),
    )
    const attempts = report.refused.filter(({ spelling = '' }) => taken.includes(spelling))
    expect(attempts.filter(({ status }) => status !== 400)).toEqual([])
    expect(attempts.filter(({ seconds }) => seconds >= 2)).toEqual([])
  })

  it('changes nothing in any other spelling either', () => {
    expect(report.refused.filter(({ status }) => status < 400)).toEqual([])
    expect(report.refused.filter(({ changed }) => changed)).toEqual([])
  })
})

describe('20 approved moves at the same time', () => {
  it('are one order in the ledger that ends at what is in production', () => {
    const { versions, moves, served, errors } = report.concurrent
    expect(moves.map(([, to]) => to).toSorted((left, right) => left - right)).toEqual(versions)
    moves.slice(1).forEach(([from], index) => expect(from).toBe(moves[index]?.[1]))
    expect(served).toEqual([String(moves.at(-1)?.[1]), String(moves.at(-1)?.[1])])
    // Who was overtaken is refused, and decides again; nobody waits for a deadlock.
    expect(errors.filter(([status, overtaken]) => status !== 400 || !overtaken)).toEqual([])
  })
})
