import type { PlatformEvent } from '../../platform/events.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import type { Figure } from './figures.ts'
import type { VerdictBefore } from './records.ts'

/**
 * What the platform's bus hears of an evaluation that has ended: `EvaluationCompleted` always; of a standing one also
 * `GoalMissed` for each goal that is missed, with the time since when it is, and `GoalRecovered` for each that was
 * missed before and is met now. `unproven` says neither.
 * @param before verdicts of the standing evaluations before it, by metric
 */
export function eventsOf(
  environment: string,
  evaluation: StoredEvaluation,
  figures: readonly Figure[],
  before: ReadonlyMap<string, VerdictBefore>,
): PlatformEvent[] {
  const { workload, standing } = evaluation.request
  const detail = {
    environment,
    workload,
    evaluationId: evaluation.id,
    runId: evaluation.runId,
    subject: evaluation.subject,
    standing,
    status: evaluation.status,
  }
  const goals = standing ? figures : []
  return [
    {
      type: 'EvaluationCompleted',
      detail: { ...detail, reason: evaluation.reason, finishedAt: evaluation.finishedAt },
    },
    ...goals.flatMap((figure): PlatformEvent[] => {
      const earlier = before.get(figure.metric)
      const measured = { ...detail, ...detailOf(figure) }
      if (figure.verdict === 'missed') {
        const since = earlier?.missedSince ?? evaluation.finishedAt
        return [{ type: 'GoalMissed', detail: { ...measured, since } }]
      }
      if (figure.verdict === 'met' && earlier?.verdict === 'missed') {
        const since = earlier.missedSince
        return [{ type: 'GoalRecovered', detail: { ...measured, since } }]
      }
      return []
    }),
  ]
}

function detailOf({ metric, value, lower, upper, samples, goal, verdict }: Figure) {
  return { metric, value, lower, upper, samples, goal, verdict }
}
