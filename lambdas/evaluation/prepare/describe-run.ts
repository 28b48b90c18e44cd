import type { Goal } from '../../domain/goal.ts'
import { describeSubject } from '../../domain/subject.ts'
import { qualityCriteria } from '../conclude/quality-criteria.ts'
import { runParameters } from '../conclude/run-content.ts'
import type { EvaluationRequest } from '../plan.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import type { PreparedPlan } from './prepared-plan.ts'

/** Name of the run as MLflow lists it. */
export function runName({ workload, subject }: EvaluationRequest): string {
  return `benchmark ${workload} ${describeSubject(subject)}`
}

/** Tags that a run has from its beginning. */
export function tagsAtStart(
  { id, request, requestedBy }: StoredEvaluation,
  goals: readonly Goal[],
): Record<string, string> {
  const { subject, metrics } = request
  const criteria = qualityCriteria(
    goals.filter(({ metric }) => metrics.includes(metric)),
    id,
  )
  return {
    'ops.evaluation.id': id,
    'ops.evaluation.status': 'running',
    'ops.subject.kind': subject.kind,
    ...(subject.kind !== 'application' && {
      'ops.subject.name': subject.name,
      'ops.subject.version': subject.version,
    }),
    'mlflow.user': requestedBy,
    ...(criteria !== undefined && { 'mlflow.genaiEvaluate.qualityCriteria': criteria }),
  }
}

/** How the figures are going to be made, as far as it is known before the judge is opened. */
export function parametersAtStart(plan: PreparedPlan): Record<string, string> {
  const { request, sourceDigest } = plan
  const judge = { name: request.judge, model: '', embeddingModel: '', promptVersions: {} }
  return {
    ...runParameters(plan, judge),
    ...(sourceDigest !== null && { 'source.digest': sourceDigest }),
  }
}
