import type { Verdict } from '../../domain/goal.ts'
import type { Statements } from '../../platform/data-api.ts'
import { type Candidate, type Evidence, isOfContent, isRecent } from '../evidence.ts'

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
  /** Before it asked for the first answer. ISO 8601, UTC. */
  readonly startedAt: string
  /** ISO 8601, UTC. */
  readonly finishedAt: string
  readonly datasetDigest: string
  /** Rows of the dataset, and how many of them have no answer. */
  readonly rows: number
  readonly unanswered: number
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
    `select e.evaluation_id as id, ops.iso(coalesce(e.started_at, e.requested_at)) as "startedAt",
       ops.iso(e.finished_at) as "finishedAt", e.dataset_digest as "datasetDigest",
       e.row_count as rows, e.failed_rows as unanswered,
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

/**
 * The evaluations that may prove something: of the content that the version has, on the rows that the dataset has, and
 * with an answer to each of these, for whoever may leave rows out proves what they like. One of which a judge left
 * scores out stays: all of its answers were there to be judged.
 * @param age how old they may be; of any age where it is absent
 */
export function usableEvaluations(
  evaluations: readonly VersionEvaluation[],
  {
    datasetDigest,
    contentSince,
    age,
  }: {
    readonly datasetDigest: string | null
    readonly contentSince: string | undefined
    readonly age?: Pick<Evidence, 'at' | 'evidenceDays'>
  },
): VersionEvaluation[] {
  return evaluations.filter(
    (each) =>
      datasetDigest !== null &&
      each.datasetDigest === datasetDigest &&
      each.unanswered === 0 &&
      isOfContent(each.startedAt, contentSince) &&
      (age === undefined || isRecent(each.finishedAt, age)),
  )
}

/** An evaluation and what it found on one metric. */
export interface Finding {
  readonly evaluation: VersionEvaluation
  readonly figure: EvaluatedFigure
}

/**
 * What is said of a metric: the newest usable finding; without one the newest on the current rows, or on whatever rows,
 * which says why there is none.
 * @param evaluations newest first, as are those of them that are usable
 */
export function newestFinding(
  evaluations: readonly VersionEvaluation[],
  usable: readonly VersionEvaluation[],
  metric: string,
  datasetDigest: string | null,
): Finding | undefined {
  const others = findingsOf(metric, evaluations)
  return (
    findingsOf(metric, usable)[0] ??
    others.find(({ evaluation }) => evaluation.datasetDigest === datasetDigest) ??
    others[0]
  )
}

/** The findings on a metric, in the order of the evaluations. */
export function findingsOf(metric: string, evaluations: readonly VersionEvaluation[]): Finding[] {
  return evaluations.flatMap((evaluation) => {
    const figure = evaluation.figures.find((each) => each.metric === metric)
    return figure === undefined ? [] : [{ evaluation, figure }]
  })
}
