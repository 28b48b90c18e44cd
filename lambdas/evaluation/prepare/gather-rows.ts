import type { Workload } from '../../domain/workload.ts'
import { assertKnownMlflowSchema } from '../../platform/mlflow-tables.ts'
import type { StoredEvaluation } from '../read-evaluation.ts'
import type { AnsweredRow, DatasetRow } from '../row.ts'
import { answeredByDataset, toBeAsked } from './answered-by-dataset.ts'
import { answeredByOutcomes } from './answered-by-outcomes.ts'
import { answeredByRecording } from './answered-by-recording.ts'
import { answeredByTraces } from './answered-by-traces.ts'
import type { Dataset, RunInput } from '../../platform/datasets/dataset.ts'
import { digestOfFiles, digestOfOutputs } from '../../platform/datasets/digest.ts'
import { readDataset } from './read-dataset.ts'
import { readInput } from '../../platform/datasets/read-input.ts'
import type { Rejection } from '../../platform/datasets/rejection.ts'
import { seedOf } from './seed.ts'
import type { PrepareSurroundings } from './surroundings.ts'
import { UnusableInput } from '../../platform/datasets/unusable-input.ts'

/** What an evaluation is made of. */
export interface GatheredRows {
  /** To be asked where the source is the endpoint, answered otherwise. */
  readonly rows: readonly (DatasetRow | AnsweredRow)[]
  readonly rejected: readonly Rejection[]
  /** Digest of the dataset; `null` where there is none. */
  readonly digest: string | null
  readonly input: RunInput | null
  /** Digest of answers that were handed in; `null` where they are asked for or found. */
  readonly sourceDigest: string | null
}

const millisecondsPerDay = 86_400_000

/** Reads dataset and source. @throws UnusableInput, UnreadableFile when there is nothing to evaluate */
export async function gatherRows(
  evaluation: StoredEvaluation,
  workload: Workload,
  experimentId: string,
  surroundings: PrepareSurroundings,
): Promise<GatheredRows> {
  const { source } = evaluation.request
  if (source.kind === 'traces' || source.kind === 'outcomes') {
    const until = Date.parse(evaluation.requestedAt)
    const period = { experimentId, from: until - source.days * millisecondsPerDay, until }
    const { database, mlflow } = surroundings
    await assertKnownMlflowSchema(database)
    const rows =
      source.kind === 'traces'
        ? await answeredByTraces(database, mlflow, {
            ...period,
            seed: seedOf(evaluation.id),
            size: source.sample,
          })
        : await answeredByOutcomes(database, {
            ...period,
            evaluationId: evaluation.id,
            workload: workload.name,
            unitType: workload.units[0]?.type ?? '',
          })
    return { rows, rejected: [], digest: null, input: null, sourceDigest: null }
  }
  return gatherFromDataset(evaluation, surroundings)
}

async function gatherFromDataset(
  { request, subject }: StoredEvaluation,
  surroundings: PrepareSurroundings,
): Promise<GatheredRows> {
  const { source, dataset: reference } = request
  if (reference === null) {
    throw new UnusableInput(
      `The source ${source.kind} needs a dataset. Name one in the benchmark of ${request.workload}.`,
    )
  }
  const dataset = await readDataset(reference, surroundings)
  const { digest, input } = dataset
  return { digest, input, ...(await answersTo(dataset)) }

  async function answersTo({
    rows,
    rejected,
  }: Dataset): Promise<Pick<GatheredRows, 'rows' | 'rejected' | 'sourceDigest'>> {
    if (source.kind === 'endpoint') return { rows: toBeAsked(rows), rejected, sourceDigest: null }
    if (source.kind === 'recorded') {
      const bytes = await readInput(surroundings.artifacts, 'recording', source.key)
      const answered = answeredByRecording(rows, { key: source.key, bytes }, subject)
      return {
        rows: answered.rows,
        rejected: [...rejected, ...answered.rejected],
        sourceDigest: digestOfFiles([bytes]),
      }
    }
    const isEventLog = reference?.kind === 'event-log'
    return {
      rows: answeredByDataset(rows, isEventLog),
      rejected,
      sourceDigest: isEventLog ? null : digestOfOutputs(rows),
    }
  }
}
