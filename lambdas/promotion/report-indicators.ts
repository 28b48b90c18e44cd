import pLimit from 'p-limit'
import type { Workload } from '../domain/workload.ts'
import type { Statements } from '../platform/data-api.ts'
import type { LedgerEntry } from './entry.ts'
import { type ModelSources, modelRequirements } from './gather/model-requirements.ts'
import { guardedNames } from './guarded.ts'
import {
  type EvaluatedChange,
  type Indicator,
  type IndicatorSources,
  indicatorsOf,
} from './indicators.ts'
import { latestVersions } from './registry.ts'

/** Where indicators are found. */
export interface IndicatorPorts extends ModelSources {
  /** As role `ops`. */
  readonly database: Statements
  /** As role `gatekeeper`. */
  readonly gatekeeper: Statements
}

/** Moves of the period that are looked at. */
const mostEntries = 1_000

/** Versions of one model that are looked at: an HTTP API has 30 seconds. */
const mostVersions = 50
const versionsAtOnce = 5

/** The operating indicators of a workload for a half-open period of moments (ISO 8601). */
export async function reportIndicators(
  workload: Workload,
  period: { readonly from: string; readonly until: string },
  ports: IndicatorPorts,
): Promise<Indicator[]> {
  const [entries, changes, models] = await Promise.all([
    readMoves(workload.name, period, ports.gatekeeper),
    readChanges(workload.name, period, ports.database),
    countReproducible(workload, ports),
  ])
  return indicatorsOf({ entries, changes, ...(models && { models }) })
}

/** Only what the indicators need of each move: an entry with its evidence is long. */
async function readMoves(
  workload: string,
  { from, until }: { readonly from: string; readonly until: string },
  statements: Statements,
): Promise<LedgerEntry[]> {
  const rows = await statements.query<{ entry: string }>(
    `select (jsonb_build_object('sequence', sequence, 'action', action, 'workload', workload, 'workspace', workspace,
       'name', name, 'from', from_version, 'to', to_version, 'actor', '', 'reason', '',
       'at', content::jsonb -> 'at', 'undoes', content::jsonb -> 'undoes',
       'evidence', jsonb_build_object('registeredAt', content::jsonb -> 'evidence' -> 'registeredAt')))::text as entry
     from gate.ledger
     where workload = :workload and at >= :from::timestamptz and at < :until::timestamptz
       and action in ('promotion', 'rollback', 'automatic-rollback', 'adoption')
     order by sequence desc limit ${mostEntries}`,
    { workload, from, until },
  )
  return rows.map(({ entry }) => {
    const { undoes, evidence, ...rest } = JSON.parse(entry) as LedgerEntry & {
      readonly evidence: { readonly registeredAt: string | null }
    }
    return {
      ...rest,
      ...(undoes && { undoes }),
      ...(evidence.registeredAt !== null && { evidence }),
    }
  })
}

/** The first evaluation that ended well of each subject and set of parameters, of those that ended in the period. */
async function readChanges(
  workload: string,
  { from, until }: { readonly from: string; readonly until: string },
  statements: Statements,
): Promise<EvaluatedChange[]> {
  return statements.query<EvaluatedChange>(
    `select ops.iso(first_at) as at from (
       select min(finished_at) as first_at from ops.evaluation
       where workload = :workload and status in ('completed', 'incomplete') and finished_at is not null
       group by subject_kind, subject_name, subject_version, request -> 'parameters'
     ) changed
     where first_at >= :from::timestamptz and first_at < :until::timestamptz
     order by first_at desc limit 1000`,
    { workload, from, until },
  )
}

async function countReproducible(
  workload: Workload,
  ports: IndicatorPorts,
): Promise<IndicatorSources['models'] | undefined> {
  const models = guardedNames([workload]).filter(({ kind }) => kind === 'model')
  if (models.length === 0) return undefined
  const limit = pLimit(versionsAtOnce)
  const versions = (
    await Promise.all(models.map(async ({ name }) => latestVersions(ports.mlflow, name)))
  ).flatMap((found) => found.slice(0, mostVersions))
  const passed = await Promise.all(
    versions.map((version) =>
      limit(async () => {
        const { reproducibility } = await modelRequirements(version, ports)
        return reproducibility.every(({ found }) => found)
      }),
    ),
  )
  return { reproducible: passed.filter(Boolean).length, registered: versions.length }
}
