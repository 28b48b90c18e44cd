import { type Goal, type Verdict, verdictOf } from '../domain/goal.ts'
import { type LedgerEntry, movingActions } from './entry.ts'

/** A moment at which a workload was evaluated with a prompt or with parameters that were new. */
export interface EvaluatedChange {
  /** When its evaluation ended. ISO 8601, UTC. */
  readonly at: string
}

/** What the indicators of one workload are made of. */
export interface IndicatorSources {
  /** Entries of the workload in the period, in any order. */
  readonly entries: readonly LedgerEntry[]
  /** Evaluated changes of the workload in the period. */
  readonly changes: readonly EvaluatedChange[]
  /** Registered versions of guarded models that pass the gate's check, of all that there are; absent without models. */
  readonly models?: { readonly reproducible: number; readonly registered: number }
}

/** One operating indicator with its goal. */
export interface Indicator {
  readonly indicator: string
  /** In the unit that its name says: a share as 0..1, or hours. `null` where there is nothing to measure. */
  readonly value: number | null
  readonly samples: number
  readonly goal: Goal
  readonly verdict: Verdict
  readonly definition: string
}

const millisecondsPerHour = 3_600_000

/**
 * The operating indicators of a workload: of how changes are made, as DORA defines them for deployments, where a
 * promotion is the deployment. Source: N. Forsgren, J. Humble, G. Kim, "Accelerate", 2018; https://dora.dev/guides/dora-metrics-four-keys/.
 */
export function indicatorsOf({ entries, changes, models }: IndicatorSources): Indicator[] {
  const rising = entries.toSorted((left, right) => left.sequence - right.sequence)
  const promotions = rising.filter(({ action }) => action === 'promotion')
  const restored = failuresOf(rising)
  const leadTimes = promotions.flatMap(({ at, evidence }) =>
    evidence?.registeredAt === undefined ? [] : [hoursBetween(evidence.registeredAt, at)],
  )
  const restoreTimes = restored.map(({ from, until }) => hoursBetween(from, until))
  const cycles = cyclesOf(changes)
  return [
    indicator(
      { metric: 'model_reproducibility', comparator: 'atLeast', target: 1 },
      share(models?.reproducible ?? 0, models?.registered ?? 0),
      models?.registered ?? 0,
      'Share of the registered versions of guarded models with source run, parameters, dataset, commit, environment, signature and files.',
    ),
    indicator(
      { metric: 'experiment_cycle_hours', comparator: 'atMost', target: 24 },
      median(cycles),
      cycles.length,
      'Median of the hours between consecutive evaluations of a new prompt, model version or set of parameters.',
    ),
    indicator(
      { metric: 'promotion_lead_time_hours', comparator: 'atMost', target: 24 * 7 },
      median(leadTimes),
      leadTimes.length,
      'Median of the hours from the registration of a version to its promotion (DORA: lead time for changes).',
    ),
    indicator(
      { metric: 'change_failure_rate', comparator: 'atMost', target: 0.15 },
      share(restored.length, promotions.length),
      promotions.length,
      'Share of the promotions that were rolled back (DORA: change failure rate).',
    ),
    indicator(
      { metric: 'time_to_restore_hours', comparator: 'atMost', target: 24 },
      median(restoreTimes),
      restoreTimes.length,
      'Median of the hours from a failure to its rollback (DORA: time to restore service). A failure begins when its goal was first missed, where that is known, and otherwise with the promotion.',
    ),
  ]
}

function indicator(
  goal: Goal,
  value: number | null,
  samples: number,
  definition: string,
): Indicator {
  return {
    indicator: goal.metric,
    value,
    samples,
    goal,
    verdict: verdictOf(goal, { value, samples }),
    definition,
  }
}

/**
 * Promotions that were undone, each once, with when it began to fail and when it was undone. A rollback that takes back
 * another rollback undoes no promotion.
 */
export function failuresOf(
  rising: readonly LedgerEntry[],
): { readonly promotion: number; readonly from: string; readonly until: string }[] {
  const found: { promotion: number; from: string; until: string }[] = []
  const current = new Map<string, LedgerEntry>()
  for (const entry of rising) {
    if (!movingActions.includes(entry.action)) continue
    const before = current.get(entry.name)
    const isRollback = entry.action === 'rollback' || entry.action === 'automatic-rollback'
    if (isRollback && before?.action === 'promotion') {
      found.push({
        promotion: before.sequence,
        from: entry.undoes?.since ?? before.at,
        until: entry.at,
      })
    }
    current.set(entry.name, entry)
  }
  return found
}

function cyclesOf(changes: readonly EvaluatedChange[]): number[] {
  const moments = changes.map(({ at }) => at).toSorted()
  return moments.flatMap((at, index) => {
    const before = moments[index - 1]
    return before === undefined ? [] : [hoursBetween(before, at)]
  })
}

function hoursBetween(from: string, until: string): number {
  return Math.max(0, Date.parse(until) - Date.parse(from)) / millisecondsPerHour
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}

/** The middle value, or the mean of the two in the middle; `null` for none. */
export function median(values: readonly number[]): number | null {
  const rising = values.toSorted((left, right) => left - right)
  const upper = rising[Math.floor(rising.length / 2)]
  const lower = rising[Math.ceil(rising.length / 2) - 1]
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2
}
