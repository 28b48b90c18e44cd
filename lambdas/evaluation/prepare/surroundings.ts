import type { Workload } from '../../domain/workload.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import type { Statements } from '../../platform/data-api.ts'
import type { Mlflow } from '../../platform/mlflow.ts'

/** All that `prepare` needs from outside. */
export interface PrepareSurroundings {
  readonly workloads: readonly Workload[]
  /** As role `ops`. */
  readonly database: Statements
  readonly artifacts: Artifacts
  /** Name of the bucket that `artifacts` are in, so that MLflow can say where a dataset is. */
  readonly artifactBucket: string
  readonly mlflow: Mlflow
  /** Batches that run at the same time. */
  readonly batchesAtOnce: number
  readonly now: () => Date
  readonly log: (message: string, details: Record<string, unknown>) => void
}
