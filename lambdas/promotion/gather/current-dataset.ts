import type { DatasetReference } from '../../domain/benchmark.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import { digestOfFiles } from '../../platform/datasets/digest.ts'
import { readInput } from '../../platform/datasets/read-input.ts'
import { readJsonlDataset } from '../../platform/datasets/read-jsonl-dataset.ts'
import { readMlflowDataset } from '../../platform/datasets/read-mlflow-dataset.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'
import type { Mlflow } from '../../platform/mlflow.ts'

/** Where datasets are read from. */
export interface DatasetSources {
  readonly artifacts: Artifacts
  readonly artifactBucket: string
  readonly mlflow: Mlflow
  readonly now: () => Date
}

/** The digest of a dataset as it stands now; `null` when there is none that can be read, with the reason. */
export type CurrentDigest =
  | { readonly digest: string }
  | { readonly digest: null; readonly reason: string }

/**
 * Milliseconds that reading MLflow's records may take: a caller has 30 seconds. MLflow's own server, of half a
 * processor, gives an estimated 2,000 records of 2 KB a second.
 */
const mostMilliseconds = 12_000

/**
 * The digest of a dataset as it stands now, made as evaluations make theirs, from all of its rows: evidence on rows that
 * nobody can look at proves nothing. MLflow's own digest of a dataset would be quicker to ask for, but it stays the same
 * when records are deleted (3.17).
 */
export async function currentDigest(
  dataset: DatasetReference | undefined,
  from: DatasetSources,
): Promise<CurrentDigest> {
  if (dataset === undefined) return { digest: null, reason: 'The workload has no benchmark.' }
  try {
    return { digest: await digestOf(dataset, from) }
  } catch (error) {
    if (error instanceof UnusableInput) return { digest: null, reason: error.message }
    throw error
  }
}

async function digestOf(dataset: DatasetReference, from: DatasetSources): Promise<string> {
  switch (dataset.kind) {
    case 'mlflow':
      return (await readMlflowDataset(inTime(dataset.name, from), dataset.name)).digest
    case 'jsonl':
      return (await readJsonlDataset(from.artifacts, from.artifactBucket, dataset.key)).digest
    default:
      return digestOfFiles([
        await readInput(from.artifacts, 'event log', dataset.log),
        await readInput(from.artifacts, 'process model', dataset.model),
      ])
  }
}

/** MLflow for as long as there is time: of a dataset that is too large a caller should hear, not of a time-out. */
function inTime(name: string, { mlflow, now }: DatasetSources): Mlflow {
  const end = now().getTime() + mostMilliseconds
  return {
    ...mlflow,
    call: async (method, path, values) => {
      if (now().getTime() > end) {
        throw new UnusableInput(
          `The MLflow dataset ${name} could not be read within ${mostMilliseconds / 1000} seconds. Take fewer or shorter records for the benchmark, or keep it in the artifact bucket as JSON lines, which are read faster.`,
        )
      }
      return mlflow.call(method, path, values)
    },
  }
}
