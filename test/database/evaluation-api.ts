import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, inject } from 'vitest'
import type * as z from 'zod'
import { environments } from '../../config/environments.ts'
import { workloads } from '../../config/workloads.ts'
import { evaluationRoutes } from '../../lambdas/evaluation/api/routes.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { httpHandler } from '../../lambdas/platform/http.ts'
import { artifactsInMemory, recordedStateMachine } from '../evaluation/api/ports.ts'
import { type Answer, callHandler } from '../platform/call.ts'
import { useDataApi } from './setup.ts'
import { connectAs } from './spans.ts'

/** Who calls in these tests. */
export const caller = 'arn:aws:iam::000000000000:user/tester'

/** The moment at which they happen, at noon in Seoul. */
const now = new Date('2026-01-20T03:00:00Z')

/** A figure that an evaluation ends with. */
export interface TestFigure {
  readonly metric: string
  readonly value: number | null
  /** @default '1' */
  readonly version?: string
  /** @default 40 */
  readonly samples?: number
  readonly verdict?: string
  readonly goal?: object
}

/** How an evaluation ends. */
export interface TestEnd {
  /** @default 'completed' */
  readonly status?: string
  /** @default 'digest' */
  readonly digest?: string
  readonly at?: string
  readonly costNano?: number
  readonly madeWith?: object
}

/** The evaluation API on the test database, with everything else in memory; empty before each test. */
export function useEvaluationApi() {
  const api = {
    ops: undefined as unknown as pg.Client,
    database: undefined as unknown as Database,
    artifacts: artifactsInMemory(),
    stateMachine: recordedStateMachine(),
    /** What MLflow finds in every experiment. */
    mlflowRuns: [] as object[],
    config: environments.local,

    async call(method: string, path: string, body?: unknown): Promise<Answer> {
      return callHandler(handler(), method, path, body)
    },

    /** Starts an evaluation and returns its id. */
    async start(more: object = {}): Promise<string> {
      const wish = { workload: 'fp-copilot', ...more }
      const { status, body } = await api.call('POST', '/ops/evaluations', wish)
      expect([200, 202]).toContain(status)
      return body.id
    },

    /** Ends an evaluation as `conclude` does. */
    async conclude(id: string, figures: readonly TestFigure[], end: TestEnd = {}): Promise<void> {
      await api.ops.query(
        `update evaluation set status = $2, dataset_digest = $3, finished_at = $4, run_id = 'run-' || evaluation_id,
           experiment_id = '7', subject_cost_nano = $5, made_with = $6 where evaluation_id = $1`,
        [
          id,
          end.status ?? 'completed',
          end.digest ?? 'digest',
          end.at ?? '2026-01-20T02:00:00Z',
          end.costNano ?? null,
          end.madeWith ?? { judge: { name: 'lexical-v1' } },
        ],
      )
      for (const { metric, value, version = '1', samples = 40, verdict, goal } of figures) {
        await api.ops.query(
          `insert into evaluation_metric (evaluation_id, metric, version, value, lower_bound, upper_bound,
             interval_method, scored, unscored, samples, goal, verdict)
           values ($1, $2, $3, $4::float8, $4::float8 - 0.01, $4::float8 + 0.01, 'bootstrap', $5::int, 1, $5::int, $6, $7)`,
          [id, metric, version, value, samples, goal ?? null, verdict ?? null],
        )
      }
    },
  }
  let ids = 0

  function handler(): ReturnType<typeof httpHandler> {
    return httpHandler(
      'test',
      evaluationRoutes({
        ...api,
        mlflow: {
          call: async <Body>(_method: string, path: string) =>
            (path.endsWith('get-by-name')
              ? { experiment: { experiment_id: '7' } }
              : { runs: api.mlflowRuns }) as Body,
          send: async () => undefined,
        },
        workloads,
        frontDoorUrl: 'https://front.door',
        now: () => now,
        newId: () => `ev-random${ids++}`,
      }),
    )
  }

  async function clear(): Promise<void> {
    await api.ops.query(
      'delete from evaluation_metric; delete from evaluation; delete from outcome',
    )
  }

  beforeAll(async () => {
    useDataApi(inject('dataApi'))
    api.database = connectDatabase('OPS_SECRET_ARN', 10_000)
    api.ops = await connectAs('ops')
  })

  beforeEach(async () => {
    await clear()
    api.artifacts = artifactsInMemory()
    api.stateMachine = recordedStateMachine()
    api.mlflowRuns = []
    api.config = environments.local
    ids = 0
  })

  afterAll(async () => {
    await clear()
    await api.ops.end()
  })

  return api
}

/** An answer with nothing in it that its schema does not say. */
export function fitting(schema: z.ZodType, { body }: Answer): void {
  expect(schema.parse(body)).toEqual(body)
}
