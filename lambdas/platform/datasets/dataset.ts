import type { DatasetRow } from '../../domain/dataset-row.ts'
import type { Rejection } from './rejection.ts'

/** What MLflow shows as the input of a run. */
export interface RunInput {
  readonly name: string
  /** One of MLflow's kinds of sources, so that its client can resolve it. */
  readonly sourceType: string
  /** JSON in the form of that kind. */
  readonly source: string
}

/** A dataset as it was read. */
export interface Dataset {
  /** With ids that differ. */
  readonly rows: readonly DatasetRow[]
  readonly rejected: readonly Rejection[]
  /** SHA-256 in hex; see `digest.ts`. */
  readonly digest: string
  readonly input: RunInput
}
