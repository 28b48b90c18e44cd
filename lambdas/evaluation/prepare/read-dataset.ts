import type { DatasetReference } from '../../domain/benchmark.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import type { Mlflow } from '../../platform/mlflow.ts'
import type { Dataset } from '../../platform/datasets/dataset.ts'
import { readEventLogDataset } from './read-event-log-dataset.ts'
import { readJsonlDataset } from '../../platform/datasets/read-jsonl-dataset.ts'
import { readMlflowDataset } from '../../platform/datasets/read-mlflow-dataset.ts'

/** Reads the rows that a benchmark names. @throws UnusableInput, UnreadableFile */
export async function readDataset(
  reference: DatasetReference,
  from: {
    readonly artifacts: Artifacts
    readonly artifactBucket: string
    readonly mlflow: Mlflow
  },
): Promise<Dataset> {
  if (reference.kind === 'mlflow') return readMlflowDataset(from.mlflow, reference.name)
  return reference.kind === 'jsonl'
    ? readJsonlDataset(from.artifacts, from.artifactBucket, reference.key)
    : readEventLogDataset(from.artifacts, from.artifactBucket, reference)
}
