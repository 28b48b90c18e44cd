import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import { root } from '../local/install.mjs'
import { workloads } from '../config/workloads.ts'
import { copyInto } from './copy.ts'
import { Random } from './random.ts'
import { clauseFile, type SampleTrace } from './sample-trace.ts'
import { type Stand, mainDatabase } from './stand.ts'
import { superuser } from './postgres.ts'
import { type TableTemplate, templatesOf } from './template.ts'
import { traffic, type TrafficPlan } from './traffic.ts'

const tracesPerCopy = 2_000

const loadedTables = ['trace_info', 'trace_tags', 'trace_request_metadata', 'spans']

/** Writes made-up traces into MLflow's tables, each in the shape of a real one. */
export class Loader {
  readonly #stand: Stand
  readonly #templates: readonly TableTemplate[]
  readonly #experimentIds: ReadonlyMap<string, number>
  readonly #texts: { clauses: string[]; questions: string[] }
  #seed = 20261124

  private constructor(
    stand: Stand,
    templates: readonly TableTemplate[],
    experimentIds: ReadonlyMap<string, number>,
    texts: { clauses: string[]; questions: string[] },
  ) {
    this.#stand = stand
    this.#templates = templates
    this.#experimentIds = experimentIds
    this.#texts = texts
  }

  /** Makes the experiments of the workloads in the main database, of which others are copies. */
  static async prepare(stand: Stand, sample: SampleTrace): Promise<Loader> {
    const experimentIds = new Map<string, number>()
    for (const { experiment } of workloads) {
      const response = await fetch(`${stand.mlflow}/api/2.0/mlflow/experiments/create`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: experiment }),
      })
      const { experiment_id: id } = (await response.json()) as { experiment_id: string }
      experimentIds.set(experiment, Number(id))
    }
    const clauses = readTexts(clauseFile, 'text')
    const questions = readTexts(join(root, 'examples', 'data', 'questions.jsonl'), 'question')
    return new Loader(stand, templatesOf(sample, clauses), experimentIds, { clauses, questions })
  }

  /** Ids of the workloads' experiments. */
  get experimentIds(): ReadonlyMap<string, number> {
    return this.#experimentIds
  }

  /**
   * Loads traces into a database by COPY, on two connections.
   * @param bulk leaves indexes out until all is loaded, and gathers statistics then: for an empty database
   */
  async load(
    plan: TrafficPlan,
    options: { database?: string; bulk?: boolean } = {},
  ): Promise<void> {
    const database = options.database ?? mainDatabase
    const clients = await Promise.all([
      this.#stand.connect(superuser, database),
      this.#stand.connect(superuser, database),
    ])
    const [first] = clients
    const indexes = options.bulk ? await dropIndexes(first) : []
    // Whether foreign keys hold need not be asked of rows that are made to.
    for (const client of clients) await client.query('set session_replication_role = replica')
    const random = new Random(this.#seed)
    this.#seed += 1
    const batches = this.#batches(plan, random)
    await Promise.all(
      clients.map(async (client) => {
        for (const batch of batches) {
          await client.query('begin')
          for (const { table, columns, rows } of batch) {
            await copyInto(client, `mlflow.${table}`, columns, rows)
          }
          await client.query('commit')
        }
      }),
    )
    for (const index of indexes) await first.query(index)
    if (options.bulk) {
      for (const table of loadedTables) await first.query(`vacuum (analyze) mlflow.${table}`)
    }
    await Promise.all(clients.map((client) => client.end()))
  }

  *#batches(plan: TrafficPlan, random: Random) {
    let parts: string[][] = this.#templates.map(() => [])
    let traces = 0
    const take = () => {
      const batch = this.#templates.map(({ table, columns }, index) => ({
        table,
        columns,
        rows: (parts[index] ?? []).join(''),
      }))
      parts = this.#templates.map(() => [])
      traces = 0
      return batch
    }
    for (const values of traffic(plan, random, this.#texts, this.#experimentIds)) {
      for (const [index, { render }] of this.#templates.entries())
        parts[index]?.push(render(values))
      traces += 1
      if (traces === tracesPerCopy) yield take()
    }
    if (traces > 0) yield take()
  }
}

/**
 * Drops indexes, and primary keys that nothing refers to, and returns the statements that make them again: random ids
 * would be sorted into them one by one.
 */
async function dropIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ remove: string; restore: string }>(
    `select
       case when p.oid is null then format('drop index %s', indexrelid::regclass)
         else format('alter table %s drop constraint %I', indrelid::regclass, conname) end as remove,
       case when p.oid is null then pg_get_indexdef(indexrelid)
         else format('alter table %s add constraint %I %s', indrelid::regclass, conname, pg_get_constraintdef(p.oid))
         end as restore
     from pg_index i
     left join pg_constraint p on p.conindid = i.indexrelid and p.contype = 'p'
     where indrelid = any ($1::regclass[])
       and not exists (select from pg_constraint f where f.conindid = i.indexrelid and f.contype = 'f')`,
    [loadedTables.map((table) => `mlflow.${table}`)],
  )
  for (const { remove } of rows) await client.query(remove)
  return rows.map(({ restore }) => restore)
}

function readTexts(file: string, name: string): string[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as Record<string, string>)[name] ?? '')
}
