import type { Artifacts } from '../artifacts.ts'
import { collectRows, requireRows } from './collect-rows.ts'
import type { Dataset } from './dataset.ts'
import { digestOfRows } from './digest.ts'
import { readInput } from './read-input.ts'
import { readJsonLines } from './read-json-lines.ts'
import type { Rejection } from './rejection.ts'

/**
 * Reads rows of JSON, one a line, from the artifact bucket. Lines that are no rows are reported and do not stop the
 * others.
 * @throws UnusableInput when there is no such file or no row in it
 */
export async function readJsonlDataset(
  artifacts: Artifacts,
  bucket: string,
  key: string,
): Promise<Dataset> {
  const rejected: Rejection[] = []
  const reject = (rejection: Rejection) => rejected.push(rejection)
  const bytes = await readInput(artifacts, 'dataset', key)
  const rows = collectRows(readJsonLines(bytes, reject), reject)
  requireRows(
    `dataset ${key}`,
    rows,
    rejected,
    'Each line must be a JSON object with "id" and "inputs"; see docs/evaluation.md.',
  )
  return {
    rows,
    rejected,
    digest: digestOfRows(rows),
    input: {
      name: key,
      sourceType: 's3',
      source: JSON.stringify({ uri: `s3://${bucket}/${key}` }),
    },
  }
}
