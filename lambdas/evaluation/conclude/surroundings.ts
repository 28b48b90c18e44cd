import type { Judge } from '../judges/judge.ts'
import type { EvaluationRequest } from '../plan.ts'
import type { Workload } from '../../domain/workload.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { SendEvents } from '../../platform/events.ts'
import type { LastSuccess } from '../../platform/last-success.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import type { PublishMetrics } from '../../platform/telemetry.ts'

/** All that `conclude` needs from outside. */
export interface ConcludeSurroundings {
  /** Name of the environment, for events. */
  readonly environment: string
  readonly workloads: readonly Workload[]
  /** As role `ops`. */
  readonly database: Statements
  readonly artifacts: Artifacts
  /** Name of the bucket that `artifacts` are in: runs of MLflow keep theirs there as well. */
  readonly artifactBucket: string
  readonly mlflow: Mlflow
  readonly publish: PublishMetrics
  readonly lastSuccess: (workload: string) => Pick<LastSuccess, 'write'>
  readonly sendEvents: SendEvents
  /** The judge that an evaluation was made with, to say what it is; it is asked nothing. */
  readonly judgeOf: (
    request: EvaluationRequest,
    evaluationId: string,
  ) => Promise<Pick<Judge, 'identity' | 'canScore'>>
  readonly now: () => Date
  /** Whether there is time to write more assessments. */
  readonly mayContinue: () => boolean
  readonly log: (message: string, details: Record<string, unknown>) => void
}
