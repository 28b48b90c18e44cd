import type { JudgeIdentity } from '../judges/judge.ts'
import { isMetric } from '../metrics/registry.ts'
import type { ScoredRow } from '../row.ts'

/** MLflow's key for the run that an assessment was made in: its pages for a run look for it. */
export const sourceRunKey = 'mlflow.assessment.sourceRunId'

/** What all assessments of an evaluation have in common. */
export interface AssessedEvaluation {
  readonly id: string
  readonly runId: string
  /** When the evaluation ended. */
  readonly at: Date
  readonly judge: JudgeIdentity
  readonly canScore: (metric: string) => boolean
}

/** Most characters of a reason on a trace. */
const longestRationale = 4_000

/**
 * A score as MLflow's REST API takes an assessment: feedback whose source is the judge, or our code. A criterion is
 * `yes` or `no`, which MLflow shows as passed and failed; any other score is a number. `undefined` for what has no
 * score because nothing could be scored; a score that only the judge failed to give is feedback with an error.
 */
export function assessmentOf(
  row: Pick<ScoredRow, 'id' | 'failure'>,
  score: ScoredRow['scores'][number],
  evaluation: AssessedEvaluation,
): Readonly<Record<string, unknown>> | undefined {
  if (row.failure !== null) return undefined
  const isTechnical = score.score === null && score.parts['technical'] === true
  if (score.score === null && !isTechnical) return undefined
  const at = evaluation.at.toISOString()
  const rationale = clean(score.rationale)
  return {
    assessment_name: score.name,
    source: sourceOf(score.name, evaluation),
    feedback: isTechnical
      ? { error: { error_code: 'UNSCORED', error_message: rationale } }
      : { value: valueOf(score.name, score.score ?? 0) },
    ...(!isTechnical && rationale !== '' && { rationale }),
    metadata: {
      [sourceRunKey]: evaluation.runId,
      'ops.evaluation.id': evaluation.id,
      'ops.evaluation.row': clean(row.id),
      'ops.metric.version': score.version,
    },
    create_time: at,
    last_update_time: at,
    // What is left out counts as not valid.
    valid: true,
  }
}

function sourceOf(metric: string, { judge, canScore }: AssessedEvaluation) {
  if (!canScore(metric)) return { source_type: 'CODE', source_id: 'townin-mlops' }
  return judge.model === ''
    ? { source_type: 'CODE', source_id: judge.name }
    : { source_type: 'LLM_JUDGE', source_id: `${judge.name}: ${judge.model}`.slice(0, 250) }
}

function valueOf(metric: string, score: number): string | number {
  if (isMetric(metric) || (score !== 0 && score !== 1)) return score
  return score === 1 ? 'yes' : 'no'
}

/** A text that Postgres and Protocol Buffers take: without NUL and halves of surrogate pairs. */
function clean(text: string): string {
  return text.slice(0, longestRationale).replaceAll('\0', '').toWellFormed()
}
