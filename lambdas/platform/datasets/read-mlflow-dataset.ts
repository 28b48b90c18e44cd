import { MlflowError, type Mlflow } from '../mlflow.ts'
import { type Candidate, collectRows, requireRows } from './collect-rows.ts'
import type { Dataset } from './dataset.ts'
import { digestOfRows } from './digest.ts'
import { isObject } from './fit-row.ts'
import type { Rejection } from './rejection.ts'
import { UnusableInput } from './unusable-input.ts'

/** Records asked for at a time; an answer through the front door may have 10 MB. */
const recordsPerPage = 250

/**
 * Reads the records of one of MLflow's evaluation datasets (3.17). A row's id is the record's tag `id`, else
 * `inputs.id`, else the record's own id, which is what `to_df()` calls `dataset_record_id`.
 * @throws UnusableInput when there is no such dataset, more than one, or no row in it
 */
export async function readMlflowDataset(mlflow: Mlflow, name: string): Promise<Dataset> {
  const id = await findDataset(mlflow, name)
  const rejected: Rejection[] = []
  const candidates = await readRecords(mlflow, id)
  const rows = collectRows(candidates, (rejection) => rejected.push(rejection))
  requireRows(
    `MLflow dataset ${name}`,
    rows,
    rejected,
    'Add records to it by merge_records(); see docs/evaluation.md.',
  )
  return {
    rows,
    rejected,
    digest: digestOfRows(rows),
    input: {
      name,
      sourceType: 'mlflow_evaluation_dataset',
      source: JSON.stringify({ dataset_id: id }),
    },
  }
}

/** MLflow allows several datasets of one name. */
async function findDataset(mlflow: Mlflow, name: string): Promise<string> {
  const quote = name.includes("'") ? '"' : "'"
  if (name.includes(quote)) {
    throw new UnusableInput(
      `MLflow cannot search for the dataset ${name}: give it a name without quotes.`,
    )
  }
  const { datasets = [] } = await mlflow.call<{
    datasets?: readonly { dataset_id: string; name: string }[]
  }>('POST', '/api/3.0/mlflow/datasets/search', {
    filter_string: `name = ${quote}${name}${quote}`,
    max_results: 50,
  })
  const [found, ...more] = datasets.filter((each) => each.name === name)
  if (found === undefined) {
    throw new UnusableInput(
      `MLflow has no evaluation dataset ${name}. Create it by mlflow.genai.datasets.create_dataset(name="${name}"), or correct the benchmark.`,
    )
  }
  if (more.length > 0) {
    const ids = [found, ...more].map(({ dataset_id: id }) => id).join(', ')
    throw new UnusableInput(
      `MLflow has ${more.length + 1} evaluation datasets named ${name}: ${ids}. Delete all but one, so that it is clear which one is meant.`,
    )
  }
  return found.dataset_id
}

async function readRecords(mlflow: Mlflow, id: string): Promise<Candidate[]> {
  const candidates: Candidate[] = []
  let pageToken = ''
  let perPage = recordsPerPage
  for (;;) {
    try {
      const page = await mlflow.call<{ records?: string; next_page_token?: string }>(
        'GET',
        `/api/3.0/mlflow/datasets/${encodeURIComponent(id)}/records`,
        { max_results: perPage, ...(pageToken !== '' && { page_token: pageToken }) },
      )
      // The list is JSON inside of the JSON.
      const records = JSON.parse(page.records ?? '[]') as unknown[]
      for (const record of records) candidates.push(toCandidate(record))
      pageToken = page.next_page_token ?? ''
      if (pageToken === '') return candidates
    } catch (error) {
      if (!isTooLarge(error) || perPage === 1) throw error
      // Records with long texts: what the gateway cannot carry at once, it carries in parts.
      perPage = Math.ceil(perPage / 4)
    }
  }
}

/** API Gateway answers 500 for what is more than it carries, and not in MLflow's form. */
function isTooLarge(error: unknown): boolean {
  return (
    error instanceof MlflowError &&
    (error.status === 413 || (error.status === 500 && error.code === ''))
  )
}

/** A record in the form of a row. MLflow stores empty outputs where none were given. */
function toCandidate(record: unknown): Candidate {
  if (!isObject(record)) return { line: null, value: record }
  const { inputs, outputs, expectations, dataset_record_id: recordId } = record
  return {
    line: null,
    value: {
      id: idOfRecord(record) ?? recordId,
      inputs,
      ...(!isEmpty(outputs) && { outputs }),
      ...(!isEmpty(expectations) && { expectations }),
    },
  }
}

function idOfRecord({ tags, inputs }: Readonly<Record<string, unknown>>): string | undefined {
  for (const holder of [tags, inputs]) {
    const id = isObject(holder) ? holder['id'] : undefined
    if (typeof id === 'number') return String(id)
    if (typeof id === 'string' && id !== '') return id
  }
  return undefined
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (isObject(value) && Object.keys(value).length === 0)
}
