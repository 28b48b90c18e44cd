import pg from 'pg'
import { afterAll, beforeAll, beforeEach, inject } from 'vitest'
import { environments } from '../../config/environments.ts'
import type { Gate } from '../../lambdas/domain/gate.ts'
import type { Workload } from '../../lambdas/domain/workload.ts'
import { connectDatabase, type Database } from '../../lambdas/platform/data-api.ts'
import { digestOfRows } from '../../lambdas/platform/datasets/digest.ts'
import type { PlatformEvent } from '../../lambdas/platform/events.ts'
import { httpHandler } from '../../lambdas/platform/http.ts'
import { type Mlflow, MlflowError } from '../../lambdas/platform/mlflow.ts'
import type { ListVersions, ObjectVersion } from '../../lambdas/platform/object-versions.ts'
import { encodeName } from '../../lambdas/promotion/api/encode-name.ts'
import { promotionRoutes } from '../../lambdas/promotion/api/routes.ts'
import type { LedgerEntry } from '../../lambdas/promotion/entry.ts'
import { type GateConnections, openGate } from '../../lambdas/promotion/open-gate.ts'
import type { GatePorts } from '../../lambdas/promotion/ports.ts'
import { artifactsInMemory } from '../evaluation/api/ports.ts'
import { type Answer, callHandler } from '../platform/call.ts'
import { useDataApi } from './setup.ts'

/** Who calls the API in these tests. */
export const caller = 'arn:aws:iam::000000000000:user/tester'

const rows = ['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8'].map((id) => ({
  id,
  inputs: { question: id },
}))
const datasetKey = 'datasets/fraud-detector/claims.jsonl'

/** What an evaluation of a version found. */
export interface TestEvaluation {
  /** @default 'model' */
  readonly kind?: 'model' | 'prompt'
  readonly name?: string
  /** Of each row, or one for all. @default 1 */
  readonly scores?: number | readonly number[]
  /** @default the digest of the rows as they are */
  readonly digest?: string
  readonly status?: string
  readonly judge?: string
  readonly costNano?: number
  readonly daysAgo?: number
  /** When it began. @default when it ended */
  readonly startedAt?: string
  /** Rows without an answer. @default 0 */
  readonly unanswered?: number
  /** @default `faithfulness` alone */
  readonly metrics?: readonly string[]
}

/** The gate on the test database, with MLflow's registry in its real tables and all else in memory. */
export function usePromotions() {
  const stand = {
    mlflow: undefined as unknown as pg.Pool,
    administrator: undefined as unknown as pg.Client,
    ops: undefined as unknown as pg.Client,
    database: undefined as unknown as Database,
    gatekeeper: undefined as unknown as Database,
    artifacts: artifactsInMemory(),
    events: [] as PlatformEvent[],
    logged: [] as string[],
    /** Name of the guarded model; another one in each test. */
    model: '',
    /** Name of the guarded prompt, with all that MLflow allows in one. */
    prompt: '',
    gate: {} as Gate,
    /** Happens before a call to MLflow, and may throw. */
    beforeCall: async (_method: string, _path: string): Promise<void> => undefined,
    /** Happens after a call that succeeded, before its answer arrives. */
    afterCall: async (_method: string, _path: string): Promise<void> => undefined,

    workload(): Workload {
      return {
        name: 'fraud-detector',
        experiment: 'fraud-detector',
        description: '',
        units: [{ type: 'claim' }],
        qualityGoals: [
          { metric: 'faithfulness', comparator: 'atLeast', target: 0.6, minSamples: 5 },
        ],
        benchmark: {
          dataset: { kind: 'jsonl', key: datasetKey },
          source: { kind: 'endpoint' },
        },
        gate: { models: [stand.model], prompts: [stand.prompt], ...stand.gate },
      }
    },

    connections(): GateConnections & { readonly config: typeof environments.local } {
      return {
        database: stand.database,
        gatekeeper: stand.gatekeeper,
        mlflow: mlflowOnDatabase(),
        artifacts: stand.artifacts,
        artifactBucket: 'bucket',
        listVersions: listFiles,
        sendEvents: async (events) => {
          stand.events.push(...events)
        },
        environment: 'test',
        config: environments.local,
        workloads: [stand.workload()],
        code: 'townin-mlops 0 (commit)',
        now: () => new Date(),
        log: (message, details) => stand.logged.push(`${message}: ${JSON.stringify(details)}`),
      }
    },

    ports(): GatePorts {
      return openGate(stand.connections())
    },

    async call(method: string, path: string, body?: unknown): Promise<Answer> {
      const connections = stand.connections()
      const routes = promotionRoutes({ ...connections, ...openGate(connections) })
      const handler = httpHandler('test', routes).before(({ event }) => encodeName(event))
      return callHandler(handler, method, path, body)
    },

    /** Protects both names, or none. */
    async protect(isGuarded = true): Promise<void> {
      const names = [
        { name: stand.model, kind: 'model', workload: 'fraud-detector' },
        { name: stand.prompt, kind: 'prompt', workload: 'fraud-detector' },
      ]
      await stand.administrator.query('select gate.protect($1::jsonb)', [
        JSON.stringify(isGuarded ? names : []),
      ])
    },

    async promote(version: number, more: object = {}): Promise<Answer> {
      const body = { version, reason: 'it is better', ...more }
      return stand.call('POST', `/ops/models/${stand.model}/promotions`, body)
    },

    /** As MLflow does it: a version with its tags in one transaction. */
    async register(name: string, version: number, text?: string): Promise<void> {
      const mlflow = await stand.mlflow.connect()
      await mlflow.query('begin')
      await mlflow.query(
        `insert into registered_models (name, creation_time) values ($1, 0) on conflict do nothing`,
        [name],
      )
      await mlflow.query(
        `insert into model_versions (name, version, creation_time, current_stage, source, run_id)
         values ($1::text, $2::integer, (extract(epoch from now() - interval '2 hours') * 1000)::bigint, 'None', 's3://bucket/models/' || $2::integer, $3::text)`,
        [name, version, text === undefined ? 'run-1' : ''],
      )
      if (text !== undefined) {
        await mlflow.query(
          `insert into model_version_tags (name, version, key, value) values ($1, $2, 'mlflow.prompt.text', $3)`,
          [name, version, text],
        )
      }
      await mlflow.query('commit')
      mlflow.release()
    },

    async evaluate(version: number, wish: TestEvaluation = {}): Promise<string> {
      const { kind = 'model', name = stand.model, scores = 1, daysAgo = 0 } = wish
      const each = rows.map((_, index) =>
        typeof scores === 'number' ? scores : (scores[index] ?? 0),
      )
      const mean = each.reduce((sum, score) => sum + score, 0) / each.length
      const id = `ev-${Math.random().toString(36).slice(2)}`
      await stand.ops.query(
        `insert into evaluation (evaluation_id, idempotency_key, workload, standing, subject_kind, subject_name, subject_version,
           request, status, requested_by, finished_at, dataset_digest, made_with, subject_cost_nano, started_at, row_count,
           failed_rows)
         values ($1, $1, 'fraud-detector', false, $2, $3, $4, $5, $6, 'tester',
           clock_timestamp() - $7::integer * interval '1 day', $8, $9, $10::bigint,
           coalesce($11::timestamptz, clock_timestamp() - $7::integer * interval '1 day'), $12, $13)`,
        [
          id,
          `${kind}-version`,
          name,
          String(version),
          { judge: wish.judge ?? environments.local.evaluation.defaultJudge, k: 5, parameters: {} },
          wish.status ?? 'completed',
          daysAgo,
          wish.digest ?? digestOfRows(rows),
          { judge: { name: 'lexical-v1' }, rowsWithCost: wish.costNano === undefined ? 0 : 8 },
          wish.costNano ?? null,
          wish.startedAt ?? null,
          rows.length,
          wish.unanswered ?? 0,
        ],
      )
      const { metrics = ['faithfulness'] } = wish
      await stand.ops.query(
        `insert into evaluation_metric (evaluation_id, metric, version, value, lower_bound, upper_bound, interval_method,
           scored, unscored, samples, verdict)
         select $1, unnest($3::text[]), '1', $2::float8, $2::float8 - 0.05, $2::float8 + 0.05, 'bootstrap', 8, 0, 8, 'met'`,
        [id, mean, metrics],
      )
      await stand.artifacts.write(
        `evaluations/${id}/scores.json`,
        JSON.stringify({
          evaluationId: id,
          datasetDigest: digestOfRows(rows),
          rows: rows.map((row, index) => ({
            id: row.id,
            scores: Object.fromEntries(metrics.map((metric) => [metric, each[index]])),
            milliseconds: null,
            costNanoUsd: null,
          })),
        }),
      )
      return id
    },

    async production(name?: string): Promise<number | null> {
      const { rows: found } = await stand.mlflow.query<{ version: number }>(
        `select version from registered_model_aliases where name = $1 and alias = 'production'`,
        [name ?? stand.model],
      )
      return found[0]?.version ?? null
    },

    async ledger(name?: string): Promise<LedgerEntry[]> {
      const { rows: found } = await stand.administrator.query<{ content: string }>(
        'select content from gate.ledger where name = $1 order by sequence',
        [name ?? stand.model],
      )
      return found.map(({ content }) => JSON.parse(content) as LedgerEntry)
    },
  }
  let number = 0
  // The ledger keeps the names of other test files for ever.
  const run = Date.now().toString(36)

  const listFiles: ListVersions = async (prefix) =>
    ['MLmodel', 'conda.yaml', 'model.pkl', 'requirements.txt'].map((file): ObjectVersion => ({
      key: `${prefix}${file}`,
      size: 10,
      versionId: 'v1',
      etag: file,
      modifiedAt: 0,
    }))

  /** MLflow as it behaves on these tables. */
  function mlflowOnDatabase(): Mlflow {
    return {
      async call<Body>(
        method: string,
        path: string,
        values: Readonly<Record<string, unknown>> = {},
      ) {
        await stand.beforeCall(method, path)
        const answer = await answerOf(path, values)
        await stand.afterCall(method, path)
        return answer as Body
      },
      send: async () => undefined,
    }
  }

  async function answerOf(
    path: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    switch (path) {
      case '/api/2.0/mlflow/model-versions/get':
        return { model_version: (await versionsOf(values['name'], values['version']))[0] }
      case '/api/2.0/mlflow/model-versions/search':
        return { model_versions: await versionsOf(stand.model) }
      case '/api/2.0/mlflow/model-versions/set-tag':
        await stand.mlflow.query(
          `insert into model_version_tags (name, version, key, value) values ($1, $2::integer, $3, $4)
           on conflict (workspace, key, name, version) do update set value = excluded.value`,
          [values['name'], values['version'], values['key'], values['value']],
        )
        return {}
      case '/api/2.0/mlflow/registered-models/alias':
        return setAlias(values)
      case '/api/2.0/mlflow/model-versions/get-download-uri':
        return { artifact_uri: `s3://bucket/models/${String(values['version'])}` }
      case '/api/2.0/mlflow/runs/get':
        return { run: trainingRun }
      default:
        throw new Error(`The test knows no ${path}.`)
    }
  }

  async function versionsOf(name: unknown, version?: unknown): Promise<object[]> {
    const { rows: found } = await stand.mlflow.query<object>(
      `select v.name, v.version::text, v.creation_time as creation_timestamp, v.source, v.run_id,
         (select coalesce(jsonb_agg(jsonb_build_object('key', t.key, 'value', t.value)), '[]') from model_version_tags t
          where t.name = v.name and t.version = v.version) as tags
       from model_versions v
       where v.name = $1 and ($2::integer is null or v.version = $2::integer) and v.current_stage <> 'Deleted_Internal'
       order by v.version desc`,
      [name, version ?? null],
    )
    if (version !== undefined && found.length === 0) {
      throw new MlflowError('There is no such version.', 404, 'RESOURCE_DOES_NOT_EXIST')
    }
    return found
  }

  async function setAlias(values: Readonly<Record<string, unknown>>): Promise<object> {
    try {
      await stand.mlflow.query(
        `insert into registered_model_aliases (name, alias, version) values ($1, $2, $3::integer)
         on conflict (workspace, name, alias) do update set version = excluded.version`,
        [values['name'], values['alias'], values['version']],
      )
      return {}
    } catch (error) {
      const { code, message } = error as { code?: string; message: string }
      if (code === 'P0001') throw new MlflowError(message, 400, 'BAD_REQUEST')
      throw new MlflowError(message, 500, 'INTERNAL_ERROR')
    }
  }

  function clientOptions(user: string): pg.ClientConfig {
    return {
      host: '127.0.0.1',
      port: inject('postgresPort'),
      database: 'mlops',
      user,
      password: inject('passwords')[user],
    }
  }

  beforeAll(async () => {
    useDataApi(inject('dataApi'))
    stand.database = connectDatabase('OPS_SECRET_ARN', 10_000)
    stand.gatekeeper = connectDatabase('GATEKEEPER_SECRET_ARN', 10_000)
    stand.mlflow = new pg.Pool({ ...clientOptions('mlflow'), max: 24 })
    stand.administrator = new pg.Client(clientOptions('administrator'))
    stand.ops = new pg.Client(clientOptions('ops'))
    await stand.administrator.connect()
    await stand.ops.connect()
  })

  beforeEach(async () => {
    number += 1
    stand.model = `promoted-${run}-${number}`
    stand.prompt = `보험 답변/${run} ${number} %2F promotions`
    stand.gate = {}
    stand.events = []
    stand.logged = []
    stand.beforeCall = async () => undefined
    stand.afterCall = async () => undefined
    stand.artifacts = artifactsInMemory()
    await stand.artifacts.write(datasetKey, rows.map((row) => JSON.stringify(row)).join('\n'))
    for (const version of [1, 2, 3]) {
      await stand.artifacts.write(
        `models/${version}/MLmodel`,
        'flavors:\n  x: 1\nsignature:\n  inputs: \'[{"type": "double"}]\'\n  outputs: null\n',
      )
      await stand.register(stand.model, version)
      await stand.register(stand.prompt, version, `Answer {{question}} briefly, ${version}.`)
    }
    await stand.protect()
  })

  afterAll(async () => {
    await stand.administrator.query(`select gate.protect('[]'::jsonb)`)
    await stand.ops.query(
      `delete from evaluation_metric where evaluation_id in (select evaluation_id from evaluation where subject_name like 'promoted-%' or subject_name like '보험 답변/%')`,
    )
    await stand.ops.query(
      `delete from evaluation where subject_name like 'promoted-%' or subject_name like '보험 답변/%'`,
    )
    for (const table of ['registered_model_aliases', 'model_version_tags', 'model_versions']) {
      await stand.mlflow.query(
        `delete from ${table} where name like 'promoted-%' or name like '보험 답변/%'`,
      )
    }
    await stand.mlflow.query(
      `delete from registered_models where name like 'promoted-%' or name like '보험 답변/%'`,
    )
    await stand.ops.end()
    await stand.administrator.end()
    await stand.mlflow.end()
  })

  return stand
}

/** The run that made every model, as MLflow gives it. */
const trainingRun = {
  info: { status: 'FINISHED', lifecycle_stage: 'active', artifact_uri: 's3://bucket/models' },
  data: {
    params: [{ key: 'depth', value: '3' }],
    tags: [{ key: 'mlflow.source.git.commit', value: 'abc' }],
  },
  inputs: { dataset_inputs: [{ dataset: { name: 'claims', digest: 'd1' } }] },
}
