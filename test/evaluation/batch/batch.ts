import { setTimeout as wait } from 'node:timers/promises'
import type { Batch, BatchSurroundings } from '../../../lambdas/evaluation/batch/surroundings.ts'
import { filesOf } from '../../../lambdas/evaluation/files.ts'
import type { Judge } from '../../../lambdas/evaluation/judges/judge.ts'
import type { EvaluationRequest } from '../../../lambdas/evaluation/plan.ts'
import type { AnsweredRow, DatasetRow, ScoredRow } from '../../../lambdas/evaluation/row.ts'
import type { Artifacts } from '../../../lambdas/platform/artifacts.ts'
import type { Statements } from '../../../lambdas/platform/data-api.ts'

export const evaluationId = 'ev-1'
export const files = filesOf(evaluationId)

const workload: Batch['workload'] = {
  name: 'graphrag',
  experiment: 'graphrag',
  description: 'Answers questions.',
  units: [{ type: 'query' }],
  benchmark: {
    source: { kind: 'endpoint' },
    criteria: [{ name: 'polite', language: 'en', question: 'Is the answer polite?' }],
  },
}

/** A bucket in memory. */
export class Bucket implements Artifacts {
  readonly objects = new Map<string, Uint8Array>()

  read(key: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.objects.get(key))
  }

  write(key: string, content: string | Uint8Array): Promise<void> {
    this.objects.set(key, typeof content === 'string' ? Buffer.from(content) : content)
    return Promise.resolve()
  }

  list(prefix: string): Promise<string[]> {
    return Promise.resolve([...this.objects.keys()].filter((key) => key.startsWith(prefix)))
  }

  lines<Line>(key: string): Line[] {
    const text = new TextDecoder().decode(this.objects.get(key))
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line)
  }

  rows(): ScoredRow[] {
    return this.lines(files.rows(0))
  }
}

/** A bucket with a plan and batch 0. */
export function bucketWith(
  request: Partial<EvaluationRequest>,
  rows: readonly (DatasetRow | AnsweredRow)[],
): Bucket {
  const bucket = new Bucket()
  const plan = {
    evaluationId,
    request: {
      workload: 'graphrag',
      standing: true,
      subject: { kind: 'application' },
      dataset: { kind: 'jsonl', key: 'questions.jsonl' },
      source: { kind: 'endpoint' },
      metrics: ['faithfulness', 'retrieval_recall', 'latency'],
      judge: 'fake',
      k: 5,
      parameters: {},
      ...request,
    },
    experimentId: '1',
    runId: 'run',
    dataset: { digest: 'digest', rows: rows.length, rejected: 0 },
    batches: 1,
    batchSize: 50,
    seed: 7,
  }
  void bucket.write(files.plan, JSON.stringify(plan))
  void bucket.write(files.batch(0), rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return bucket
}

/** A judge that finds everything faithful and polite. */
export class FakeJudge implements Judge {
  readonly identity = { name: 'fake', model: '', embeddingModel: '', promptVersions: {} }
  readonly judged: string[] = []
  flushed = 0

  canScore(metric: string): boolean {
    return ['faithfulness', 'polite'].includes(metric)
  }

  async scoreRow(row: AnsweredRow, metrics: readonly string[]): Promise<ScoredRow['scores']> {
    await wait(1)
    this.judged.push(row.id)
    return metrics.map((name) =>
      this.canScore(name)
        ? { name, version: '1', score: 1, rationale: 'Yes.', parts: {} }
        : { name, version: '1', score: null, rationale: `It cannot score ${name}.`, parts: {} },
    )
  }

  flush(): Promise<void> {
    this.flushed += 1
    return Promise.resolve()
  }
}

/** A database that says whether the evaluation is over. */
export function statements(isOver: () => boolean = () => false): Statements {
  return {
    query: <Row>() => Promise.resolve([{ over: isOver() }] as Row[]),
  }
}

/** Surroundings in which nothing goes wrong: up to 4 calls of this batch at the same time. */
export function surroundingsOf(
  artifacts: Artifacts,
  url: string,
  others: Partial<BatchSurroundings> = {},
): BatchSurroundings {
  return {
    artifacts,
    database: statements(),
    evaluation: {
      judges: {},
      defaultJudge: 'fake',
      endpoints: { graphrag: { url, timeoutSeconds: 2 } },
      batchesAtOnce: 5,
      callsAtOnce: { judge: 20, endpoint: 20 },
    },
    workloads: [workload],
    openJudge: () => Promise.resolve(new FakeJudge()),
    secretText: (name) => Promise.resolve(`text of ${name}\n`),
    fetch,
    clock: () => 0,
    sleep: (milliseconds, signal) =>
      wait(milliseconds, undefined, { signal }).catch(() => undefined),
    random: () => 0,
    timeLeft: () => 900_000,
    saveEvery: 5,
    ...others,
  }
}

/** Rows of a dataset with questions `q1` to `q<n>`. */
export function questions(count: number): DatasetRow[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `q${index + 1}`,
    inputs: { question: `Question ${index + 1}?` },
    expectations: { relevant: ['c1', 'c2'] },
  }))
}
