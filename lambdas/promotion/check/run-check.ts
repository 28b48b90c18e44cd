import type { EnvironmentConfig } from '../../../config/environments.ts'
import { type Day, dayOf } from '../../domain/period.ts'
import type { Workload } from '../../domain/workload.ts'
import type { CapacityPoint } from '../../platform/cluster-capacity.ts'
import type { Database, Statements } from '../../platform/data-api.ts'
import type { LastSuccess } from '../../platform/last-success.ts'
import type { ListVersions } from '../../platform/object-versions.ts'
import { hasSleptSince } from '../../platform/sleep.ts'
import type { PublishMetrics } from '../../platform/telemetry.ts'
import { guardedNames } from '../guarded.ts'
import { findAll, type Finding, finding } from './findings.ts'
import { type EarlierCheck, recordNew } from './record-new.ts'

/** All that the check needs from outside. */
export interface GateCheck {
  readonly config: Pick<EnvironmentConfig, 'database' | 'timeZone'>
  readonly workloads: readonly Workload[]
  /** As role `gatekeeper`: sees and writes the ledger. */
  readonly gate: Database
  /** As role `ops`: remembers what the check before found. */
  readonly ops: Statements
  readonly listVersions: ListVersions
  readonly publish: PublishMetrics
  /** Sends the operating indicators of the gate. */
  readonly publishIndicators: (now: Date) => Promise<void>
  /** Tells of moves of which nobody was told; returns how many. */
  readonly tellLate: () => Promise<number>
  readonly lastSuccess: LastSuccess
  readonly capacity: (since: Date) => Promise<CapacityPoint[]>
  /** Version of the platform, for the ledger. */
  readonly code: string
  readonly now: () => Date
}

/** What the check did. */
export type CheckResult =
  | { readonly result: 'asleep'; readonly reason: string }
  | {
      readonly result: 'checked'
      readonly findings: readonly Finding[]
      /** Entries `outside-change` that were written. */
      readonly recorded: number
      readonly indicatorsPublished: boolean
      /** Moves that were told of late. */
      readonly told: number
    }

/** Compares what is in production with the ledger. How the check itself is goes out whatever happens. */
export async function runCheck(check: GateCheck): Promise<CheckResult> {
  const started = check.now()
  const lastSuccess = await check.lastSuccess.read()
  try {
    if (await isAsleep(check, lastSuccess)) {
      await publishHealth(check, started)
      return {
        result: 'asleep',
        reason:
          'The database has slept since the last check. What changed in the minutes before it fell asleep, and files that change meanwhile, wait for the next check that finds it awake.',
      }
    }
    const result = await lookAtAll(check, started)
    await check.lastSuccess.write(started)
    await publishHealth(check, started)
    return result
  } catch (error) {
    // The first error is what counts.
    await publishHealth(check, lastSuccess).catch(() => undefined)
    throw error
  }
}

async function isAsleep(check: GateCheck, lastSuccess: Date | undefined): Promise<boolean> {
  const { minCapacity, pauseAfterMinutes } = check.config.database
  if (minCapacity > 0 || lastSuccess === undefined) return false
  return hasSleptSince(lastSuccess, await check.capacity(lastSuccess), pauseAfterMinutes)
}

async function lookAtAll(
  check: GateCheck,
  started: Date,
): Promise<Extract<CheckResult, { result: 'checked' }>> {
  const guarded = guardedNames(check.workloads)
  const earlier = await readEarlier(check.ops)
  const findings = await findAll(check.gate, guarded, check.listVersions)
  // The alarm first: that somebody is woken must not depend on a ledger that may be what is broken.
  await check.publish(
    [{ name: 'GateFindings', value: findings.length, unit: 'Count', dimensions: {} }],
    started,
  )
  const recorded = await recordNew(check.gate, findings, earlier, { guarded, code: check.code })
  const today = dayOf(started, check.config.timeZone)
  const indicatorsPublished = earlier?.indicatorsDay !== today
  if (indicatorsPublished) await check.publishIndicators(started)
  await note(check.ops, started, findings, today)
  const told = await check.tellLate()
  return { result: 'checked', findings, recorded, indicatorsPublished, told }
}

async function readEarlier(
  ops: Statements,
): Promise<(EarlierCheck & { readonly indicatorsDay: string | null }) | undefined> {
  // A row for each finding: all of them may be longer than a row that the Data API gives.
  const rows = await ops.query<{
    startedAt: string
    /** Day on which indicators were sent last. */
    indicatorsDay: string | null
    found: string | null
  }>(
    `select to_char(r.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "startedAt",
       r.summary ->> 'indicatorsDay' as "indicatorsDay", f.value::text as found
     from (select * from ops.job_run where job = 'gate' order by started_at desc limit 1) r
     left join jsonb_array_elements(r.summary -> 'findings') f on true`,
  )
  const [first] = rows
  return (
    first && {
      startedAt: first.startedAt,
      indicatorsDay: first.indicatorsDay,
      findings: rows.flatMap(({ found }) =>
        found === null ? [] : [finding.parse(JSON.parse(found))],
      ),
    }
  )
}

/** Notes what was found. Only the last check is ever asked for. */
async function note(
  ops: Statements,
  started: Date,
  findings: readonly Finding[],
  indicatorsDay: Day,
): Promise<void> {
  const startedAt = started.toISOString()
  await ops.query(
    `insert into ops.job_run (job, started_at, summary) values ('gate', :started::timestamptz, :summary::jsonb)
     on conflict (job, started_at) do update set summary = excluded.summary, finished_at = now()`,
    { started: startedAt, summary: JSON.stringify({ findings, indicatorsDay }) },
  )
  await ops.query(
    `delete from ops.job_run where job = 'gate' and started_at < :started::timestamptz`,
    {
      started: startedAt,
    },
  )
}

/** @param lastSuccess `undefined` when the check never succeeded: then nothing is sent, and the alarm says so */
async function publishHealth(check: GateCheck, lastSuccess: Date | undefined): Promise<void> {
  if (lastSuccess === undefined) return
  const now = check.now()
  await check.publish(
    [
      {
        name: 'HoursSinceSuccess',
        value: (now.getTime() - lastSuccess.getTime()) / 3_600_000,
        unit: 'None',
        dimensions: { Job: 'gate' },
      },
    ],
    now,
  )
}
