import type { DatasetReference } from '../../domain/benchmark.ts'
import type { Artifacts } from '../../platform/artifacts.ts'
import { readLogFile } from '../conformance/read-log-file.ts'
import { readPetriNet } from '../conformance/read-petri-net.ts'
import type { Dataset } from '../../platform/datasets/dataset.ts'
import { digestOfFiles } from '../../platform/datasets/digest.ts'
import { readInput } from '../../platform/datasets/read-input.ts'
import { toRowIds } from './row-id.ts'

/**
 * A row for each case of an event log, in the order of the log, with `inputs` of `{ caseId, log, model }`: the log is
 * checked as a whole when its one batch is scored. Both files are read here already, so that one that cannot be read is
 * said at once.
 * @throws UnusableInput when a file is absent
 * @throws UnreadableFile with what is wrong in it
 */
export async function readEventLogDataset(
  artifacts: Artifacts,
  bucket: string,
  { log, model }: Extract<DatasetReference, { kind: 'event-log' }>,
): Promise<Dataset> {
  const logBytes = await readInput(artifacts, 'event log', log)
  const modelBytes = await readInput(artifacts, 'process model', model)
  readPetriNet(modelBytes)
  const cases = readLogFile(log, logBytes).cases.map(({ id }) => id)
  const ids = toRowIds(cases)
  return {
    rows: cases.map((caseId, index) => ({
      id: ids[index] ?? caseId,
      inputs: { caseId, log, model },
    })),
    rejected: [],
    digest: digestOfFiles([logBytes, modelBytes]),
    input: {
      name: log,
      sourceType: 's3',
      source: JSON.stringify({ uri: `s3://${bucket}/${log}` }),
    },
  }
}
