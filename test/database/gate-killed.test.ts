import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import pLimit from 'p-limit'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { Processes } from '../../local/processes.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { tellLate } from '../../lambdas/promotion/check/tell-late.ts'
import { decide } from '../../lambdas/promotion/decide.ts'
import type { ChainedEntry, LedgerEntry } from '../../lambdas/promotion/entry.ts'
import { type ChainEnd, chainStart, verifyChain } from '../../lambdas/promotion/verify-chain.ts'
import { evidenceOf } from '../promotion/mlflow/gate.ts'
import { type Asked, askGate, gateOf } from './gate-process.ts'
import { startMlflowServer } from './mlflow-server.ts'
import { openPassage, type Passage, type WayToDie, waysToDie } from './passage.ts'
import { useDataApi } from './setup.ts'

/** What is asked while the gate dies. */
const occasions = ['promotion', 'rollback', 'rollback of two names'] as const

type Occasion = (typeof occasions)[number]

/** How one name stands. */
interface State {
  readonly production: number | null
  /** Entries that moved it after it was made ready. */
  readonly moves: readonly LedgerEntry[]
  /** Whether each of them has consumed its approval and has frozen its version. */
  readonly areComplete: boolean
  /** Approvals that can be used. */
  readonly open: number
  /** What the hourly check finds. */
  readonly findings: readonly string[]
  /** Tag of the version that was asked for. */
  readonly tag: string | null
}

/** One death and what came of it. */
interface Report {
  readonly died: string
  readonly signal: string
  /** Of each name. */
  readonly left: readonly State[]
  /** Events that it had sent. */
  readonly events: Passage['events']
  /** How asking again came out. */
  readonly again: string
  readonly end: readonly State[]
}

const directory = mkdtempSync(join(tmpdir(), 'gate-killed-'))
const directories = { records: join(directory, 'processes'), logs: join(directory, 'logs') }
for (const one of Object.values(directories)) mkdirSync(one)
const processes = new Processes(directories, () => undefined)
const program = join(directory, 'gate-process.mjs')
const workloadName = 'killed'
/** Names that are ready to be moved, by what is asked of them. */
const ready: Asked[] = []
const calls = {} as Record<Occasion, readonly string[]>
const reports = {} as Record<Occasion, readonly Report[]>
let mlflow: string
/** Where this process sends its events. */
let bus: Passage
let administrator: pg.Client
let asMlflow: pg.Client
let chainBefore: ChainEnd

beforeAll(async () => {
  useDataApi(inject('dataApi'))
  administrator = await connectAs('administrator')
  asMlflow = await connectAs('mlflow')
  await build({
    entryPoints: ['test/database/gate-process.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    banner: {
      js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`,
    },
    logLevel: 'error',
  })
  const { address } = await startMlflowServer(processes, directory)
  mlflow = address
  bus = await openPassage({ dataApi: inject('dataApi'), mlflow })
  process.env['AWS_ENDPOINT_URL_EVENTBRIDGE'] = bus.address
  const { rows } = await administrator.query<ChainEnd>(
    'select sequence::integer, hash from gate.ledger order by sequence desc limit 1',
  )
  chainBefore = rows[0] ?? chainStart
  const undisturbed = occasions.map((occasion) => askedAt(occasion, 'undisturbed'))
  await makeReady(undisturbed)
  for (const [index, asked] of undisturbed.entries()) {
    const run = await runProcess(asked)
    if (run.outcome === '') throw new Error(`Nothing came of the ${asked.name}.`)
    calls[occasions[index]!] = run.calls
  }
  const deaths = occasions.flatMap((occasion) =>
    calls[occasion].flatMap((call, index) =>
      waysToDie.map((way) => {
        const died = `${way} call ${index + 1}, ${call}`
        return { occasion, died, way, call: index + 1, asked: askedAt(occasion, died) }
      }),
    ),
  )
  await makeReady(deaths.map(({ asked }) => asked))
  // Two processors: one for who dies, one for what is called.
  const atOnce = pLimit(2)
  const all = await Promise.all(deaths.map((death) => atOnce(() => dieAndAskAgain(death))))
  for (const occasion of occasions) {
    reports[occasion] = all.filter((_, index) => deaths[index]?.occasion === occasion)
  }
}, 400_000)

afterAll(async () => {
  delete process.env['AWS_ENDPOINT_URL_EVENTBRIDGE']
  await bus.close()
  await processes.stopAll()
  await administrator.query(`select gate.protect('[]'::jsonb)`)
  for (const table of [
    'registered_model_aliases',
    'model_version_tags',
    'model_versions',
    'registered_models',
  ]) {
    await asMlflow.query(`delete from ${table} where name like 'killed %'`)
  }
  await administrator.end()
  await asMlflow.end()
  rmSync(directory, { recursive: true, force: true })
})

async function connectAs(user: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port: inject('postgresPort'),
    database: 'mlops',
    user,
    password: inject('passwords')[user],
  })
  await client.connect()
  return client
}

/** What is asked at an occasion, of names of its own. */
function askedAt(occasion: Occasion, title: string): Asked {
  // MLflow allows neither slash nor colon.
  const name = `killed ${occasion} ${title.replaceAll('/', ' ')}`
  const workload: Workload = {
    name: workloadName,
    experiment: 'killed',
    description: '',
    units: [{ type: 'claim' }],
    gate:
      occasion === 'rollback of two names'
        ? { models: [name], prompts: [`${name} (prompt)`], together: true }
        : { models: [name] },
  }
  return { what: occasion === 'promotion' ? 'promotion' : 'rollback', workload, name, to: 1 }
}

function namesOf({ workload: { gate } }: Asked): string[] {
  return [...(gate?.models ?? []), ...(gate?.prompts ?? [])]
}

/** Makes names that can be promoted to version 1, or rolled back to it from version 2. */
async function makeReady(asked: readonly Asked[]): Promise<void> {
  ready.push(...asked)
  const names = asked.flatMap(namesOf)
  const moved = asked.filter(({ what }) => what === 'rollback').flatMap(namesOf)
  await asMlflow.query(
    `insert into registered_models (name, creation_time) select unnest($1::text[]), 0`,
    [names],
  )
  await asMlflow.query(
    `insert into model_versions (name, version, creation_time, last_updated_time, current_stage, source, run_id)
     select n.name, v.version, 0, 0, 'None', 's3://bucket/' || v.version, 'run'
     from unnest($1::text[]) n(name), (values (1), (2)) v(version)`,
    [names],
  )
  await asMlflow.query(
    `insert into registered_model_aliases (name, alias, version) select unnest($1::text[]), 'production', 1`,
    [moved],
  )
  const toProtect = ready.flatMap(({ workload }) => [
    ...(workload.gate?.models ?? []).map((name) => ({
      name,
      kind: 'model',
      workload: workloadName,
    })),
    ...(workload.gate?.prompts ?? []).map((name) => ({
      name,
      kind: 'prompt',
      workload: workloadName,
    })),
  ])
  await administrator.query('select gate.protect($1::jsonb)', [JSON.stringify(toProtect)])
  await promoteByHand(moved, 1, 2)
}

/** Moves names as the gate does, with an approval of each move. */
async function promoteByHand(names: readonly string[], from: number, to: number): Promise<void> {
  const evidence = evidenceOf('any', to, 1)
  const entry = {
    action: 'promotion',
    workspace: 'default',
    actor: 'test',
    reason: '',
    evidence,
    decision: decide(evidence).conditions,
  }
  await administrator.query(
    `select gate.approve('default', n.name, $2, $3, $4, 60) from unnest($1::text[]) n(name)`,
    [names, from, to, JSON.stringify(entry)],
  )
  await asMlflow.query(
    `update registered_model_aliases set version = $2 where name = any($1::text[]) and alias = 'production'`,
    [names, to],
  )
}

/** Runs the gate in a process of its own, which may die. */
async function runProcess(
  asked: Asked,
  death?: { readonly call: number; readonly way: WayToDie },
): Promise<{
  signal: string
  outcome: string
  calls: readonly string[]
  events: Passage['events']
}> {
  let kill = (): void => undefined
  const passage = await openPassage(
    { dataApi: inject('dataApi'), mlflow },
    death && { ...death, kill: () => kill() },
  )
  const child = spawn(process.execPath, [program, JSON.stringify(asked), passage.address], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_RDS_DATA: passage.address,
      AWS_ENDPOINT_URL_EVENTBRIDGE: passage.address,
    },
  })
  kill = () => child.kill('SIGKILL')
  let outcome = ''
  child.stdout.on('data', (text: Buffer) => (outcome += text.toString()))
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  await passage.close()
  return { signal: signal ?? 'none', outcome, calls: passage.calls, events: passage.events }
}

async function dieAndAskAgain({
  asked,
  died,
  call,
  way,
}: {
  readonly asked: Asked
  readonly died: string
  readonly call: number
  readonly way: WayToDie
}): Promise<Report> {
  const { signal, events } = await runProcess(asked, { call, way })
  const left = await statesOf(asked)
  const again = await askGate(asked, mlflow)
  return { died, signal, left, events, again, end: await statesOf(asked) }
}

async function statesOf(asked: Asked): Promise<State[]> {
  const { rows } = await administrator.query<State>(
    `select gate.production_version('default', n.name) as production,
       coalesce(m.moves, '[]') as moves,
       coalesce(m.complete, true) as "areComplete",
       (select count(*)::integer from gate.approval a
        where a.name = n.name and a.consumed_at is null and a.expires_at > clock_timestamp()) as open,
       array(select f.detail from gate.findings() f where f.name = n.name) as findings,
       (select t.value from mlflow.model_version_tags t
        where t.name = n.name and t.version = $2 and t.key = 'ops.ledger.entry') as tag
     from unnest($1::text[]) with ordinality n(name, place)
     left join lateral (
       select jsonb_agg(l.content::jsonb order by l.sequence) as moves,
         bool_and(exists (
           select from gate.approval a
           where a.approval_id = (l.content::jsonb ->> 'approval')::uuid and a.used and a.sequence = l.sequence)
           and exists (
           select from gate.frozen_version f where f.name = l.name and f.version = l.to_version)) as complete
       from gate.ledger l
       where l.name = n.name and l.to_version = $2 and l.action in ('promotion', 'rollback')
     ) m on true
     order by n.place`,
    [namesOf(asked), asked.to],
  )
  return rows
}

describe.each(occasions)('the gate, killed at every step of a %s', (occasion) => {
  const before = occasion === 'promotion' ? null : 2
  const action = occasion === 'promotion' ? 'promotion' : 'rollback'
  const exceptions = (rule: (report: Report) => boolean) =>
    reports[occasion].filter((report) => !rule(report))
  const hasMoved = ({ production, moves, areComplete, open }: State) =>
    production === 1 &&
    moves.length === 1 &&
    moves[0]?.action === action &&
    moves[0].from === before &&
    areComplete &&
    open === 0
  const hasNotMoved = ({ production, moves, open }: State) =>
    production === before && moves.length === 0 && open <= 1

  it('has died before, during and after each call that it makes', () => {
    expect(reports[occasion]).toHaveLength(calls[occasion].length * 3)
    expect(exceptions(({ signal }) => signal === 'SIGKILL')).toEqual([])
    expect(new Set(calls[occasion])).toEqual(
      new Set([
        'GET model-versions/get',
        'Execute',
        // The database moves two names by itself, in one transaction.
        ...(occasion === 'rollback of two names' ? [] : ['POST registered-models/alias']),
        'POST model-versions/set-tag',
        'PutEvents',
      ]),
    )
  })

  it('leaves an approval that expires or a complete move, never half', () => {
    expect(exceptions(({ left }) => left.every(hasMoved) || left.every(hasNotMoved))).toEqual([])
    expect(exceptions(({ left }) => left.every(({ findings }) => findings.length === 0))).toEqual(
      [],
    )
    // Both have happened, or nothing was tried.
    const moved = reports[occasion].filter(({ left }) => left.every(hasMoved)).length
    expect(moved).toBeGreaterThan(0)
    expect(moved).toBeLessThan(reports[occasion].length)
  })

  it('tags a version only with an entry of which it has told', () => {
    expect(
      exceptions(({ left, events }) =>
        left.every(({ tag }) => tag === null || events.some(({ entry }) => String(entry) === tag)),
      ),
    ).toEqual([])
  })

  it('gives what is due to whoever asks again, by exactly one entry', () => {
    const done = occasion === 'promotion' ? 'unchanged' : 'refused'
    const due = occasion === 'promotion' ? 'promoted' : 'rolled back'
    expect(exceptions(({ left, again }) => again === (left.every(hasMoved) ? done : due))).toEqual(
      [],
    )
    expect(exceptions(({ end }) => end.every(hasMoved))).toEqual([])
    expect(exceptions(({ end }) => end.every(({ findings }) => findings.length === 0))).toEqual([])
  })
})

it('leaves a ledger whose chain holds, in which each decision follows from its evidence', async () => {
  const { rows } = await administrator.query<ChainedEntry>(
    `select sequence::integer, content, previous_hash as "previousHash", hash from gate.ledger
     where sequence > $1 order by sequence`,
    [chainBefore.sequence],
  )
  const last = rows.at(-1)
  expect(rows.length).toBeGreaterThan(100)
  expect(verifyChain(rows, chainBefore)).toEqual({ sequence: last?.sequence, hash: last?.hash })
})

describe('an approval that a dead gate has left', () => {
  async function leaveApproval(title: string): Promise<Asked> {
    const asked = askedAt('rollback', title)
    await makeReady([asked])
    const call = calls.rollback.indexOf('POST registered-models/alias') + 1
    await runProcess(asked, { call, way: 'before' })
    expect(await statesOf(asked)).toMatchObject([{ production: 2, moves: [], open: 1 }])
    return asked
  }

  /** Moves production past the gate, with MLflow's own call. */
  async function moveInMlflow({ name, to }: Asked): Promise<number> {
    const answer = await fetch(`${mlflow}/api/2.0/mlflow/registered-models/alias`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, alias: 'production', version: String(to) }),
    })
    return answer.status
  }

  it('makes no second move once somebody has asked again', async () => {
    const asked = await leaveApproval('used up')
    expect(await askGate(asked, mlflow)).toBe('rolled back')
    await promoteByHand([asked.name], 1, 2)
    expect(await moveInMlflow(asked)).toBe(400)
    expect(await statesOf(asked)).toMatchObject([{ production: 2, moves: [{ to: 1 }], open: 0 }])
  })

  it('expires', async () => {
    const asked = await leaveApproval('expired')
    await administrator.query(
      `update gate.approval set expires_at = clock_timestamp() - interval '1 second' where name = $1`,
      [asked.name],
    )
    expect(await moveInMlflow(asked)).toBe(400)
    expect(await statesOf(asked)).toMatchObject([{ production: 2, moves: [], open: 0 }])
    expect(await askGate(asked, mlflow)).toBe('rolled back')
    expect(await statesOf(asked)).toMatchObject([{ production: 1, moves: [{ to: 1 }], open: 0 }])
  })
})

describe('a move of which the gate died before it told', () => {
  it('is told of by the check', async () => {
    const asked = askedAt('rollback of two names', 'untold')
    await makeReady([asked])
    const call = calls['rollback of two names'].indexOf('PutEvents') + 1
    await runProcess(asked, { call, way: 'before' })
    const left = await statesOf(asked)
    expect(left).toMatchObject([1, 2].map(() => ({ production: 1, tag: null })))
    const before = bus.events.length
    const check = async (minutes: number): Promise<number> =>
      tellLate({
        ...gateOf(asked.workload, mlflow),
        now: () => new Date(Date.now() + minutes * 60_000),
      })
    expect(await check(1)).toBe(0)
    expect(await check(6)).toBe(2)
    expect(await check(6)).toBe(0)
    const sequences = left.map(({ moves }) => moves[0]?.sequence)
    expect(bus.events.slice(before)).toMatchObject(sequences.map((entry) => ({ entry })))
    expect((await statesOf(asked)).map(({ tag }) => tag)).toEqual(sequences.map(String))
  })
})

describe("the database's end of MLflow's call, killed within its transaction", () => {
  it('leaves nothing of the move, which the gate then makes as a whole', async () => {
    const asked = askedAt('promotion', 'without a backend')
    await makeReady([asked])
    // Whoever holds the ledger stops the move at its last step: alias and approval are written by then.
    const holder = await connectAs('administrator')
    await holder.query('begin')
    await holder.query(`select pg_advisory_xact_lock(hashtextextended('gate.ledger', 0))`)
    const outcome = askGate(asked, mlflow).catch((error: unknown) => String(error))
    const pid = await vi.waitUntil(async () => movingBackend(), { timeout: 15_000 })
    await asMlflow.query('select pg_terminate_backend($1)', [pid])
    await vi.waitUntil(async () => (await movingBackend()) !== pid, { timeout: 15_000 })
    const [left] = await statesOf(asked)
    await holder.query('rollback')
    await holder.end()
    expect(left).toMatchObject({ production: null, moves: [], findings: [] })
    expect(await outcome).toBe('promoted')
    expect(await statesOf(asked)).toMatchObject([
      { production: 1, moves: [{ from: null, to: 1 }], areComplete: true, open: 0 },
    ])
  })

  /** The process of Postgres in which MLflow waits for the ledger. */
  async function movingBackend(): Promise<number | undefined> {
    const { rows } = await asMlflow.query<{ pid: number }>(
      `select pid from pg_stat_activity where usename = 'mlflow' and wait_event_type = 'Lock' and wait_event = 'advisory'`,
    )
    return rows[0]?.pid
  }
})
