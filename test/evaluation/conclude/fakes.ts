import type { Workload } from '../../../lambdas/domain/workload.ts'
import type { ConcludeSurroundings } from '../../../lambdas/evaluation/conclude/surroundings.ts'
import type { Artifacts } from '../../../lambdas/platform/artifacts.ts'
import type { PlatformEvent } from '../../../lambdas/platform/events.ts'
import { type Mlflow, MlflowError } from '../../../lambdas/platform/mlflow.ts'
import type { Metric } from '../../../lambdas/platform/telemetry.ts'

/** Name of the bucket that runs keep their artifacts in. */
export const bucket = 'artifacts'

/** A workload that exists for tests of conclude alone. */
export const workload: Workload = {
  name: 'concluded',
  experiment: 'concluded',
  description: 'Answers questions.',
  units: [{ type: 'query' }],
  qualityGoals: [
    { metric: 'faithfulness', comparator: 'atLeast', target: 0.9, minSamples: 2 },
    { metric: 'latency', comparator: 'atMost', target: 500 },
  ],
  benchmark: {
    source: { kind: 'endpoint' },
    criteria: [{ name: 'is_polite', language: 'en', question: 'Is the answer polite?' }],
  },
}

interface Run {
  info: {
    run_id: string
    experiment_id: string
    artifact_uri: string
    status: string
    lifecycle_stage: string
    end_time?: number
  }
  metrics: { key: string; value: number; timestamp: number }[]
  params: Record<string, string>
  tags: Record<string, string>
}

type Assessment = Readonly<Record<string, unknown>> & {
  readonly assessment_name: string
  readonly metadata: Readonly<Record<string, string>>
}

/** As much of MLflow as conclude uses, with the limits of the real one. */
export class FakeMlflow implements Mlflow {
  readonly experiments = new Map<string, string>()
  experimentStage: 'active' | 'deleted' = 'active'
  readonly runs = new Map<string, Run>()
  /** Assessments by trace: a trace that is not in it does not exist. */
  readonly traces = new Map<string, Assessment[]>()
  readonly linked = new Set<string>()
  /** Names of assessments that are refused. */
  readonly refused = new Set<string>()

  openRun(runId: string, tags: Record<string, string> = {}, experiment = '7'): void {
    this.runs.set(runId, {
      info: {
        run_id: runId,
        experiment_id: experiment,
        artifact_uri: `s3://${bucket}/${experiment}/${runId}/artifacts`,
        status: 'RUNNING',
        lifecycle_stage: 'active',
      },
      metrics: [],
      params: {},
      tags,
    })
  }

  run(runId: string): Run {
    const run = this.runs.get(runId)
    if (run === undefined) throw new MlflowError('no run', 404, 'RESOURCE_DOES_NOT_EXIST')
    return run
  }

  async call<Answer>(
    method: string,
    path: string,
    values: Readonly<Record<string, unknown>> = {},
  ): Promise<Answer> {
    return this.answer(`${method} ${path}`, structuredClone(values)) as Answer
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- the bodies of REST calls
  private answer(call: string, body: any): unknown {
    const trace = /^POST \/api\/3\.0\/mlflow\/traces\/([^/]+)\/assessments$/.exec(call)?.[1]
    if (trace !== undefined) return this.assess(trace, body.assessment)
    switch (call) {
      case 'GET /api/2.0/mlflow/runs/get': {
        const { info, params, tags } = this.run(body.run_id)
        const pairs = (record: Record<string, string>) =>
          Object.entries(record).map(([key, value]) => ({ key, value }))
        return { run: { info, data: { params: pairs(params), tags: pairs(tags) } } }
      }
      case 'POST /api/2.0/mlflow/runs/log-batch':
        return this.logBatch(body)
      case 'POST /api/2.0/mlflow/runs/update': {
        Object.assign(this.run(body.run_id).info, {
          status: body.status,
          end_time: body.end_time,
        })
        return {}
      }
      case 'POST /api/2.0/mlflow/runs/search': {
        const [, key = '', value] = /tags\.`([^`]+)` = '([^']+)'/.exec(body.filter) ?? []
        const found = [...this.runs.values()].filter(
          ({ tags, info }) =>
            tags[key] === value && body.experiment_ids.includes(info.experiment_id),
        )
        return found.length === 0 ? {} : { runs: found.map(({ info }) => ({ info })) }
      }
      case 'POST /api/2.0/mlflow/runs/create': {
        const runId = `run-${this.runs.size + 1}`
        const tags: { key: string; value: string }[] = body.tags
        this.openRun(
          runId,
          Object.fromEntries(tags.map(({ key, value }) => [key, value])),
          body.experiment_id,
        )
        return { run: { info: this.run(runId).info } }
      }
      case 'GET /api/2.0/mlflow/experiments/get-by-name': {
        const id = this.experiments.get(body.experiment_name)
        if (id === undefined) throw new MlflowError('none', 404, 'RESOURCE_DOES_NOT_EXIST')
        return { experiment: { experiment_id: id, lifecycle_stage: this.experimentStage } }
      }
      case 'POST /api/2.0/mlflow/experiments/create': {
        const id = String(this.experiments.size + 7)
        this.experiments.set(body.name, id)
        return { experiment_id: id }
      }
      case 'POST /api/3.0/mlflow/traces/batchGetInfos': {
        const ids: string[] = body.trace_ids
        const found = ids.filter((id) => this.traces.has(id))
        return {
          trace_infos: found.map((id) => ({ trace_id: id, assessments: this.traces.get(id) })),
        }
      }
      case 'POST /api/2.0/mlflow/traces/link-to-run': {
        const ids: string[] = body.trace_ids
        if (ids.length > 100) throw new MlflowError('too many traces', 400, '')
        for (const id of ids) this.linked.add(`${id} ${body.run_id}`)
        return {}
      }
      default:
        throw new Error(`The fake of MLflow does not know ${call}.`)
    }
  }

  private logBatch(body: {
    run_id: string
    metrics?: Run['metrics']
    params?: { key: string; value: string }[]
    tags?: { key: string; value: string }[]
  }): object {
    const { metrics = [], params = [], tags = [] } = body
    const run = this.run(body.run_id)
    if (metrics.length > 1000 || params.length > 100 || tags.length > 100) {
      throw new MlflowError('too many', 400, 'INVALID_PARAMETER_VALUE')
    }
    for (const metric of metrics) {
      if (typeof metric.value !== 'number') throw new MlflowError('no number', 400, '')
      if (!run.metrics.some((kept) => JSON.stringify(kept) === JSON.stringify(metric))) {
        run.metrics.push(metric)
      }
    }
    for (const { key, value } of params) {
      const kept = run.params[key]
      if (kept !== undefined && kept !== value) throw new MlflowError('changed', 400, '')
      run.params[key] = value
    }
    for (const { key, value } of tags) run.tags[key] = value
    return {}
  }

  private assess(trace: string, assessment: Assessment): object {
    const kept = this.traces.get(trace)
    if (kept === undefined) throw new MlflowError('no trace', 404, 'RESOURCE_DOES_NOT_EXIST')
    if (this.refused.has(assessment.assessment_name)) throw new MlflowError('refused', 400, '')
    kept.push(assessment)
    return {}
  }

  async send(): Promise<void> {
    throw new Error('Conclude sends no bytes to MLflow.')
  }
}

/** A bucket in memory. */
export class FakeArtifacts implements Artifacts {
  readonly objects = new Map<string, string>()

  async read(key: string): Promise<Uint8Array | undefined> {
    const text = this.objects.get(key)
    return text === undefined ? undefined : new TextEncoder().encode(text)
  }

  async write(key: string, content: string | Uint8Array): Promise<void> {
    this.objects.set(key, typeof content === 'string' ? content : new TextDecoder().decode(content))
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).toSorted()
  }
}

/** All that is outside of conclude but for the database. */
export interface FakeWorld extends Omit<ConcludeSurroundings, 'database'> {
  readonly mlflow: FakeMlflow
  readonly artifacts: FakeArtifacts
  readonly events: PlatformEvent[]
  readonly published: { metric: Metric; at: string }[]
  readonly successes: Map<string, string>
}

/** A world in which nothing has happened yet. */
export function fakeWorld(now: () => Date): FakeWorld {
  const events: PlatformEvent[] = []
  const published: FakeWorld['published'] = []
  const successes = new Map<string, string>()
  return {
    environment: 'test',
    workloads: [workload],
    artifacts: new FakeArtifacts(),
    artifactBucket: bucket,
    mlflow: new FakeMlflow(),
    events,
    published,
    successes,
    sendEvents: async (sent) => {
      events.push(...sent)
    },
    publish: async (metrics, at) => {
      published.push(...metrics.map((metric) => ({ metric, at: at.toISOString() })))
    },
    lastSuccess: (name) => ({
      write: async (moment) => {
        successes.set(name, moment.toISOString())
      },
    }),
    judgeOf: async () => ({
      identity: {
        name: 'stand-in',
        model: 'gpt-4o-mini',
        embeddingModel: '',
        promptVersions: { claims: '3' },
      },
      canScore: (metric) => metric === 'faithfulness' || metric === 'is_polite',
    }),
    now,
    mayContinue: () => true,
    log: () => undefined,
  }
}
