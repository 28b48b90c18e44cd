import { addDays, type Day, dayOf, startOfDay } from '../domain/period.ts'
import type { Database } from '../platform/data-api.ts'
import type { CallSource } from './provider-calls.ts'

/** Today so far, and the days whose figures a provider may still correct. */
const daysAsked = 3

interface CollectionContext {
  readonly now: Date
  readonly timeZone: string
  readonly log: (message: string, details: Record<string, unknown>) => void
}

/** Asks every source about the last days and keeps the answers. A source that fails is noted, and stops nothing. */
export async function collectProviderCalls(
  database: Database,
  sources: readonly CallSource[],
  context: CollectionContext,
): Promise<void> {
  const today = dayOf(context.now, context.timeZone)
  for (const source of sources) {
    for (let age = 0; age < daysAsked; age += 1) {
      await collectDay(database, source, addDays(today, -age), context)
    }
  }
}

async function collectDay(
  database: Database,
  source: CallSource,
  day: Day,
  context: CollectionContext,
): Promise<void> {
  const { now, timeZone } = context
  const end = startOfDay(addDays(day, 1), timeZone)
  try {
    const calls = await source.count(startOfDay(day, timeZone), end < now ? end : nextMinute(now))
    await database.transaction(async (statements) => {
      await statements.query(
        `delete from ops.provider_calls where source = :source and day = :day::date`,
        { source: source.name, day },
      )
      await statements.query(
        `insert into ops.provider_calls (source, day, model, calls)
         select :source, :day::date, model, sum(calls)
         from jsonb_to_recordset(:calls::jsonb) as given(model text, calls bigint) group by model`,
        { source: source.name, day, calls: JSON.stringify(calls) },
      )
      await statements.query(noteAnswer, { source: source.name, day, answered: true, reason: '' })
    })
  } catch (error) {
    context.log('a source of the calls made did not answer', { source: source.name, day, error })
    // The message may name roles and addresses; a client of the API sees only what kind it is.
    const reason = `The source did not answer (${error instanceof Error ? error.name : 'unknown error'}).`
    // What it answered before still stands.
    await database.query(`${noteAnswer} where not ops.provider_day.answered`, {
      source: source.name,
      day,
      answered: false,
      reason,
    })
  }
}

const noteAnswer = `insert into ops.provider_day (source, day, answered, reason)
  values (:source, :day::date, :answered, :reason)
  on conflict (source, day) do update
    set answered = excluded.answered, reason = excluded.reason, asked_at = now()`

function nextMinute(moment: Date): Date {
  return new Date(Math.ceil((moment.getTime() + 1) / 60_000) * 60_000)
}
