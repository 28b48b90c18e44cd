import { createHash } from 'node:crypto'
import {
  evaluationScores,
  type EvaluationScores,
  scoresKey,
} from '../../domain/evaluation-scores.ts'
import { betterOf } from '../../domain/metric-direction.ts'
import { toUsd } from '../../domain/money.ts'
import type { Pair } from '../../domain/statistics/pair.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import { type ComparedFigure, compareMetrics, type MeasuredTwice } from '../compare.ts'
import type { ProductionEvidence } from '../evidence.ts'
import {
  type EvaluatedFigure,
  type Finding,
  findingsOf,
  type VersionEvaluation,
} from './evaluations.ts'

/** What is compared: of both only evaluations that are usable. */
export interface Compared {
  readonly workload: Workload
  readonly candidate: readonly VersionEvaluation[]
  readonly production: {
    readonly version: number
    readonly evaluations: readonly VersionEvaluation[]
  }
  readonly tolerances: Readonly<Record<string, number>>
}

/** The metrics that must not get worse: all of the benchmark, and those that have a tolerance. */
function comparedMetrics(
  { qualityGoals = [], benchmark }: Workload,
  tolerances: Readonly<Record<string, number>>,
): string[] {
  return [
    ...new Set([
      ...qualityGoals.map(({ metric }) => metric),
      ...(benchmark?.metrics ?? []),
      ...(benchmark?.criteria ?? []).map(({ name }) => name),
      ...Object.keys(tolerances),
    ]),
  ]
}

/** Compares the candidate with production, metric by metric. */
export async function compareWithProduction(
  compared: Compared,
  artifacts: Artifacts,
): Promise<ProductionEvidence> {
  const { workload, candidate: candidates, production, tolerances } = compared
  const standing = production.evaluations
  const [first] = standing
  if (first === undefined) return { kind: 'not evaluated', version: production.version }
  const scores = scoresReader(artifacts)
  const measured: MeasuredTwice[] = []
  for (const metric of comparedMetrics(workload, tolerances)) {
    const found = alike(metric, candidates, standing)
    measured.push({
      metric,
      better: betterOf(metric, workload),
      tolerance: tolerances[metric] ?? 0,
      candidate: toFigure(found.candidate?.figure),
      production: toFigure(found.production?.figure),
      pairs:
        found.candidate && found.production
          ? pairsOf(
              metric,
              await scores(found.production.evaluation.id),
              await scores(found.candidate.evaluation.id),
            )
          : [],
    })
  }
  return {
    kind: 'compared',
    version: production.version,
    evaluationId: first.id,
    metrics: compareMetrics(measured, seedOf(`${first.id} ${candidates[0]?.id ?? ''}`)),
  }
}

/**
 * The newest findings on a metric that were made alike: by the same definition, and by the same judge with the same
 * model and prompts. Without such a pair, what the candidate has stays, so that it is clear who lacks it.
 */
function alike(
  metric: string,
  candidates: readonly VersionEvaluation[],
  standing: readonly VersionEvaluation[],
): { readonly candidate: Finding | undefined; readonly production: Finding | undefined } {
  const own = findingsOf(metric, candidates)
  const others = findingsOf(metric, standing)
  for (const candidate of own) {
    const production = others.find(
      (other) =>
        other.figure.version === candidate.figure.version &&
        other.evaluation.judge === candidate.evaluation.judge,
    )
    if (production !== undefined) return { candidate, production }
  }
  return own.length === 0
    ? { candidate: undefined, production: others[0] }
    : { candidate: own[0], production: undefined }
}

function toFigure(figure: EvaluatedFigure | undefined): ComparedFigure | undefined {
  if (figure === undefined) return undefined
  const { value, samples, lower, upper } = figure
  return {
    value,
    samples,
    interval: lower === null || upper === null ? null : { lower, upper },
  }
}

/** Reads the scores of an evaluation once; none where they are gone, so that figures are compared instead. */
function scoresReader(artifacts: Artifacts): (id: string) => Promise<EvaluationScores['rows']> {
  const read = new Map<string, Promise<EvaluationScores['rows']>>()
  async function rowsOf(id: string): Promise<EvaluationScores['rows']> {
    const bytes = await artifacts.read(scoresKey(id))
    if (bytes === undefined) return []
    return evaluationScores.parse(JSON.parse(new TextDecoder().decode(bytes))).rows
  }
  return (id) => {
    const rows = read.get(id) ?? rowsOf(id)
    read.set(id, rows)
    return rows
  }
}

function pairsOf(
  metric: string,
  baseline: EvaluationScores['rows'],
  candidate: EvaluationScores['rows'],
): Pair[] {
  const own = new Map(candidate.map((row) => [row.id, row]))
  return baseline.flatMap((row) => {
    const partner = own.get(row.id)
    const before = scoreOf(row, metric)
    const after = partner && scoreOf(partner, metric)
    return before === null || after === null || after === undefined
      ? []
      : [{ baseline: before, candidate: after }]
  })
}

function scoreOf(row: EvaluationScores['rows'][number], metric: string): number | null {
  if (Object.hasOwn(row.scores, metric)) return row.scores[metric] ?? null
  if (metric === 'latency') return row.milliseconds
  if (metric === 'cost_per_row_usd') return row.costNanoUsd === null ? null : toUsd(row.costNanoUsd)
  return null
}

function seedOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE()
}
