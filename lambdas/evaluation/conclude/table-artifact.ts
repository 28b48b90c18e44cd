import type { Artifacts } from '../../platform/artifacts.ts'
import { tableFile } from './rows-table.ts'
import type { TrackingRun } from './tracking-run.ts'

/** MLflow's tag that lists the tables of a run. */
const listTag = 'mlflow.loggedArtifacts'

/**
 * Writes the table of a run where the run keeps its artifacts.
 * @returns the tag by which MLflow finds it; none when the run keeps its artifacts in another place than the bucket
 */
export async function writeTable(
  { artifacts, artifactBucket }: { readonly artifacts: Artifacts; readonly artifactBucket: string },
  run: TrackingRun,
  table: string,
): Promise<Record<string, string>> {
  const start = `s3://${artifactBucket}/`
  if (!run.artifactUri.startsWith(start)) return {}
  const folder = run.artifactUri.slice(start.length).replace(/\/+$/u, '')
  await artifacts.write(`${folder}/${tableFile}`, table)
  return { [listTag]: JSON.stringify(withTable(run.tags[listTag])) }
}

function withTable(tag = '[]'): unknown[] {
  const listed = listOf(tag)
  const isListed = listed.some(
    (entry) => JSON.stringify(entry) === JSON.stringify({ path: tableFile, type: 'table' }),
  )
  return isListed ? listed : [...listed, { path: tableFile, type: 'table' }]
}

function listOf(tag: string): unknown[] {
  try {
    const list: unknown = JSON.parse(tag)
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}
