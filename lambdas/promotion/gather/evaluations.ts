import type { Verdict } from '../../domain/goal.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { Candidate } from '../evidence.ts'

/** A figure of an evaluation, as `ops.evaluation_metric` keeps it. */
export interface EvaluatedFigure {
  readonly metric: string
  readonly version: string
  readonly value: number | null
  readonly samples: number
  /** Bounds of the 95 % interval. */
  readonly lower: number | null
  readonly upper: number | null
  readonly verdict: Verdict | null
}

/** A finished evaluation of a version. */
export interface VersionEvaluation {
  readonly id: string
  /** ISO 8601, UTC. */
  readonly finishedAt: string
  readonly datasetDigest: string
  /** How the judge was made, as canonical JSON. */
  readonly judge: string
  /** In nano-USD; `null` when no row's cost is known. */
  readonly costPerRowNano: number | null
  readonly rowsWithCost: number
  readonly figures: readonly EvaluatedFigure[]
}

/** Which evaluations count: those made as the workload's benchmark makes them. */
export interface Making {
  readonly workload: string
  readonly judge: string
  readonly k: number
}

/** Evaluations of a version that are looked at: the newest. */
const mostEvaluations = 30

/**
 * The finished evaluations whose subject is exactly this version, newest first. One by another judge or another depth
 * than the benchmark's is left out: its figures are not those that the goals speak of.
 */
export async function evaluationsOf(
  statements: Statements,
  { kind, name, version }: Candidate,
  { workload, judge, k }: Making,
): Promise<VersionEvaluation[]> {
  const rows = await statements.query<
    Omit<VersionEvaluation, 'figures'> & { readonly figures: string }
  >(
    `select e.evaluation_id as id, ops.iso(e.finished_at) as "finishedAt", e.dataset_digest as "datasetDigest",
       coalesce((e.made_with -> 'judge')::text, '') as judge,
       e.subject_cost_nano::double precision / nullif((e.made_with ->> 'rowsWithCost')::integer, 0) as "costPerRowNano",
       coalesce((e.made_with ->> 'rowsWithCost')::integer, 0) as "rowsWithCost",
       (select coalesce(jsonb_agg(jsonb_build_object('metric', m.metric, 'version', m.version, 'value', m.value,
          'samples', m.samples, 'lower', m.lower_bound, 'upper', m.upper_bound, 'verdict', m.verdict)), '[]')::text
        from ops.evaluation_metric m where m.evaluation_id = e.evaluation_id) as figures
     from ops.evaluation e
     where e.subject_kind = :kind and e.subject_name = :name and e.subject_version = :version
       and e.workload = :workload and e.status in ('completed', 'incomplete') and e.finished_at is not null
       and e.request ->> 'judge' = :judge and (e.request ->> 'k')::integer = :k
     order by e.finished_at desc, e.evaluation_id limit ${mostEvaluations}`,
    { kind: `${kind}-version`, name, version: String(version), workload, judge, k },
  )
  return rows.map((row) => ({ ...row, figures: JSON.parse(row.figures) as EvaluatedFigure[] }))
}

/** An evaluation and what it found on one metric. */
export interface Finding {
  readonly evaluation: VersionEvaluation
  readonly figure: EvaluatedFigure
}

/**
 * The newest finding on a metric among evaluations that are newest first: on the current rows where there is one, for an
 * evaluation on other rows says nothing of these; otherwise on whatever rows.
 */
export function newestFinding(
  evaluations: readonly VersionEvaluation[],
  metric: string,
  datasetDigest: string | null,
): Finding | undefined {
  const found = evaluations.flatMap((evaluation) => {
    const figure = evaluation.figures.find((each) => each.metric === metric)
    return figure === undefined ? [] : [{ evaluation, figure }]
  })
  return found.find(({ evaluation }) => evaluation.datasetDigest === datasetDigest) ?? found[0]
}
