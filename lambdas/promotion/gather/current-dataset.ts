import type { DatasetReference } from '../../domain/benchmark.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import { digestOfFiles } from '../../platform/datasets/digest.ts'
import { readInput } from '../../platform/datasets/read-input.ts'
import { readJsonlDataset } from '../../platform/datasets/read-jsonl-dataset.ts'
import { readMlflowDataset } from '../../platform/datasets/read-mlflow-dataset.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'
import type { Mlflow } from '../../platform/mlflow.ts'

/**
 * The digest of a dataset as it stands now, made as evaluations make theirs; `null` when there is none that can be read,
 * for evidence on rows that nobody can look at proves nothing.
 */
export async function currentDigest(
  dataset: DatasetReference | undefined,
  from: {
    readonly artifacts: Artifacts
    readonly artifactBucket: string
    readonly mlflow: Mlflow
  },
): Promise<string | null> {
  if (dataset === undefined) return null
  try {
    if (dataset.kind === 'mlflow') {
      return (await readMlflowDataset(from.mlflow, dataset.name)).digest
    }
    if (dataset.kind === 'jsonl') {
      return (await readJsonlDataset(from.artifacts, from.artifactBucket, dataset.key)).digest
    }
    return digestOfFiles([
      await readInput(from.artifacts, 'event log', dataset.log),
      await readInput(from.artifacts, 'process model', dataset.model),
    ])
  } catch (error) {
    if (error instanceof UnusableInput) return null
    throw error
  }
}
