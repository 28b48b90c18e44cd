import { createHash } from 'node:crypto'
import { Problem } from '../../domain/problem.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { StateMachine } from '../../platform/state-machine.ts'
import { readEvaluation, type StoredEvaluation } from '../read-evaluation.ts'
import { completeRequest, type Configuration } from './complete-request.ts'
import type { EvaluationWish } from './wish.ts'

/** What starting needs from outside. */
export interface StartOptions extends Configuration {
  readonly database: Statements
  readonly stateMachine: StateMachine
  /** An id of its own for an evaluation without an idempotency key; see {@link idOf}. */
  readonly newId: () => string
  readonly requestedBy: string
  /** @default none: each call is another evaluation */
  readonly idempotencyKey?: string | undefined
  /** Most evaluations under way at once. @default no limit */
  readonly mostUnderWay?: number
}

/** The evaluation, and whether it was not there before. */
export interface Started {
  readonly evaluation: StoredEvaluation
  readonly isNew: boolean
}

/**
 * Starts an evaluation once: the same idempotency key with the same wish gives the same evaluation, and starts its
 * execution if a crash left that undone.
 * @throws Problem 400 for a wish that cannot be met, 409 for a key that stands for another wish, 429 when too many
 * are under way, 503 when the execution could not be started
 */
export async function startEvaluation(
  wish: EvaluationWish,
  options: StartOptions,
): Promise<Started> {
  const { database, idempotencyKey } = options
  const id = idempotencyKey === undefined ? options.newId() : idOf(idempotencyKey)
  // One that is given no key is its own: whoever saw its id can go on with it.
  const key = idempotencyKey ?? id
  const wishJson = JSON.stringify(wish)
  // What was started before is found before the configuration of today is asked.
  const before = await findByKey(database, key, wishJson)
  if (before !== undefined) return { evaluation: await resume(before, options), isNew: false }

  const request = completeRequest(wish, options)
  await requireRoom(database, options.mostUnderWay)
  const { subject } = request
  const inserted = await database.query(
    `insert into ops.evaluation (evaluation_id, idempotency_key, workload, standing, subject_kind, subject_name,
       subject_version, request, wish, status, requested_by)
     values (:id, :key, :workload, :standing, :kind, :name, :version, :request::jsonb, :wish::jsonb, 'queued', :by)
     on conflict do nothing
     returning evaluation_id`,
    {
      id,
      key,
      workload: request.workload,
      standing: request.standing,
      kind: subject.kind,
      name: subject.kind === 'application' ? '' : subject.name,
      version: subject.kind === 'application' ? '' : subject.version,
      request: JSON.stringify(request),
      wish: wishJson,
      by: options.requestedBy,
    },
  )
  const now = await findByKey(database, key, wishJson)
  if (now === undefined) throw new Error(`The evaluation ${id} was kept but cannot be found.`)
  return { evaluation: await resume(now, options), isNew: inserted.length > 0 }
}

/** Starts the executions of evaluations whose start was interrupted, and returns their ids. */
export async function startForgotten(
  database: Statements,
  stateMachine: StateMachine,
): Promise<string[]> {
  const forgotten = await database.query<{ id: string }>(
    `select evaluation_id as id from ops.evaluation
     where status = 'queued' and execution_arn = '' and requested_at < now() - interval '5 minutes'
     order by requested_at limit 20`,
  )
  for (const { id } of forgotten) await startExecution(database, stateMachine, id)
  return forgotten.map(({ id }) => id)
}

/** The id of the evaluation that a key stands for. */
export function idOf(key: string): string {
  const digits = '0123456789abcdefghjkmnpqrstvwxyz'
  const hash = createHash('sha256').update(key).digest()
  return `ev-${Array.from(hash.subarray(0, 20), (byte) => digits[byte % 32]).join('')}`
}

interface Found {
  readonly evaluation: StoredEvaluation
  readonly isSameWish: boolean
}

async function findByKey(
  database: Statements,
  key: string,
  wish: string,
): Promise<Found | undefined> {
  const [row] = await database.query<{ id: string; isSameWish: boolean }>(
    `select evaluation_id as id, wish = :wish::jsonb as "isSameWish" from ops.evaluation where idempotency_key = :key`,
    { key, wish },
  )
  if (row === undefined) return undefined
  const evaluation = await readEvaluation(database, row.id)
  return evaluation && { evaluation, isSameWish: row.isSameWish }
}

async function resume(found: Found, options: StartOptions): Promise<StoredEvaluation> {
  const { evaluation, isSameWish } = found
  if (!isSameWish) {
    throw new Problem({
      status: 409,
      title: 'The idempotency key stands for another evaluation',
      detail: `The key was used for the evaluation ${evaluation.id}, which was asked for in other words. Use another key for another evaluation.`,
    })
  }
  if (evaluation.status !== 'queued' || evaluation.executionArn !== '') return evaluation
  try {
    const executionArn = await startExecution(options.database, options.stateMachine, evaluation.id)
    return { ...evaluation, executionArn }
  } catch (error) {
    const problem = new Problem({
      status: 503,
      title: 'The evaluation could not be started yet',
      detail: `It is kept as ${evaluation.id}. Send the request again with the idempotency key ${evaluation.idempotencyKey}; otherwise it is started with the next scheduled benchmark.`,
      retryAfterSeconds: 10,
    })
    problem.cause = error
    throw problem
  }
}

/** The execution bears the evaluation's name, so that a second start of it is none. */
async function startExecution(
  database: Statements,
  stateMachine: StateMachine,
  id: string,
): Promise<string> {
  const executionArn = await stateMachine.start(id, { evaluationId: id })
  await database.query(
    `update ops.evaluation set execution_arn = :executionArn where evaluation_id = :id`,
    { id, executionArn },
  )
  return executionArn
}

/** What was asked for longer ago than an execution may take is not under way, whatever its status. */
async function requireRoom(database: Statements, most: number | undefined): Promise<void> {
  if (most === undefined) return
  const [row] = await database.query<{ count: number }>(
    `select count(*) as count from ops.evaluation
     where status in ('queued', 'running') and requested_at > now() - interval '1 day'`,
  )
  if ((row?.count ?? 0) < most) return
  throw new Problem({
    status: 429,
    title: 'Too many evaluations are under way',
    detail: `There are ${row?.count}, and at most ${most} run at once, so that they do not wait for each other's judges. Try again when one has ended, or cancel one.`,
    retryAfterSeconds: 60,
  })
}
