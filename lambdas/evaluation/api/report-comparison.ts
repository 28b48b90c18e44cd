import { createHash } from 'node:crypto'
import type * as z from 'zod'
import { toUsd } from '../../domain/money.ts'
import { invalidRequest } from '../../domain/problem.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import type { Statements } from '../../platform/data-api.ts'
import { readEvaluation, type StoredEvaluation } from '../read-evaluation.ts'
import { unknownEvaluation } from '../start/cancel-evaluation.ts'
import { chooseMetrics, requireComparable, type Side, versionOf } from './comparable.ts'
import { alpha, compareEvaluations } from './compare-evaluations.ts'
import type { comparisonBody, comparisonResponse } from './comparison-schema.ts'
import { readScores } from './row-positions.ts'

/** How many rows without a partner are named. */
const mostNamed = 500

/** What a comparison reads. */
export interface ComparisonContext {
  readonly database: Statements
  readonly artifacts: Artifacts
  readonly workloads: readonly Workload[]
}

/** Compares two finished evaluations of the same dataset. Throws a 404 or 409 for two that cannot be. */
export async function reportComparison(
  asked: z.output<typeof comparisonBody>,
  context: ComparisonContext,
): Promise<z.input<typeof comparisonResponse>> {
  if (asked.baseline === asked.candidate) {
    throw invalidRequest([
      { field: 'body.candidate', message: 'is the baseline; name another evaluation' },
    ])
  }
  const [first, second] = await Promise.all([
    requireEvaluation(asked.baseline, context.database),
    requireEvaluation(asked.candidate, context.database),
  ])
  requireComparable(asked.workload, first, second)
  const [baseline, candidate] = await Promise.all([
    readSide(first, context),
    readSide(second, context),
  ])
  const { compared, notCompared } = chooseMetrics(baseline, candidate, context.workloads)
  const found = compareEvaluations(
    baseline.rows,
    candidate.rows,
    compared,
    createHash('sha256').update(`${first.id} ${second.id}`).digest().readUInt32BE(),
  )
  return {
    definition: 'comparison v1',
    workload: asked.workload,
    datasetDigest: first.datasetDigest,
    baseline: describeSide(first),
    candidate: describeSide(second),
    alpha,
    metrics: found.metrics.map((metric) => ({
      ...metric,
      version: versionOf(metric.metric, baseline),
    })),
    notCompared,
    withoutPartner: {
      baseline: nameSome(found.onlyBaseline),
      candidate: nameSome(found.onlyCandidate),
    },
  }
}

async function requireEvaluation(id: string, statements: Statements): Promise<StoredEvaluation> {
  const evaluation = await readEvaluation(statements, id)
  if (evaluation === undefined) throw unknownEvaluation(id)
  return evaluation
}

async function readSide(
  evaluation: StoredEvaluation,
  { database, artifacts }: ComparisonContext,
): Promise<Side> {
  const [scores, versions] = await Promise.all([
    readScores(evaluation, artifacts),
    database.query<{ metric: string; version: string }>(
      'select metric, version from ops.evaluation_metric where evaluation_id = :id',
      { id: evaluation.id },
    ),
  ])
  return {
    evaluation,
    rows: scores.rows.map(({ id, scores: own, milliseconds, costNanoUsd }) => ({
      id,
      // What a row took is compared besides what it was worth.
      scores: {
        latency: milliseconds,
        cost_per_row_usd: costNanoUsd === null ? null : toUsd(costNanoUsd),
        ...own,
      },
    })),
    versions: Object.fromEntries(versions.map(({ metric, version }) => [metric, version])),
  }
}

function describeSide({
  id,
  subject,
  request,
  finishedAt,
}: StoredEvaluation): z.input<typeof comparisonResponse>['baseline'] {
  return { evaluationId: id, subject, parameters: request.parameters, finishedAt }
}

function nameSome(ids: readonly string[]): { count: number; ids: string[] } {
  return { count: ids.length, ids: ids.slice(0, mostNamed) }
}
