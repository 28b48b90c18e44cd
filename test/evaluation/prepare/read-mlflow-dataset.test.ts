import { describe, expect, it } from 'vitest'
import { readMlflowDataset } from '../../../lambdas/platform/datasets/read-mlflow-dataset.ts'
import { MlflowError } from '../../../lambdas/platform/mlflow.ts'
import { answerAsRecorded, mlflowThat } from './recorded-answers.ts'

/** MLflow with the dataset that was recorded. */
const recordedMlflow = () =>
  mlflowThat((path, { page_token: page }) =>
    answerAsRecorded(
      path.endsWith('/search')
        ? 'dataset-search'
        : page === undefined
          ? 'dataset-records-1'
          : 'dataset-records-2',
    ),
  )

/** MLflow with a dataset of our own. */
const mlflowWith = (records: readonly unknown[], datasets: readonly unknown[] = [found]) =>
  mlflowThat((path) =>
    path.endsWith('/search') ? { datasets } : { records: JSON.stringify(records) },
  )
const found = { dataset_id: 'd-1', name: 'questions' }

describe('an evaluation dataset of MLflow', () => {
  it('is read over all its pages, with ids from tags, inputs or the record', async () => {
    const mlflow = recordedMlflow()
    const { rows, rejected, input } = await readMlflowDataset(mlflow, 'questions')
    expect(rows).toHaveLength(5)
    expect(rows).toContainEqual({
      id: 'q-1',
      inputs: { question: '도수치료는 연간 몇 회까지 보상되나요?' },
      expectations: { answer: '연 50회', relevant: ['제3조'] },
    })
    expect(rows).toContainEqual({
      id: 'q-2',
      inputs: { id: 'q-2', question: '자기부담은?' },
      expectations: { relevant: { c1: 2 } },
    })
    expect(rows).toContainEqual({
      id: expect.stringMatching(/^dr-[0-9a-f]{32}$/),
      inputs: { question: 'Which clause?' },
    })
    expect(rows).toContainEqual(
      expect.objectContaining({
        inputs: { question: '음주?' },
        outputs: '보상하지 않습니다.',
      }),
    )
    expect(rejected).toEqual([
      {
        line: null,
        id: expect.stringMatching(/^dr-/),
        reason: expect.stringContaining('expectations.relevant'),
      },
    ])
    expect(input).toMatchObject({
      name: 'questions',
      sourceType: 'mlflow_evaluation_dataset',
      source: expect.stringMatching(/^\{"dataset_id":"d-[0-9a-f]{32}"\}$/),
    })
    expect(mlflow.calls).toHaveLength(3)
  })

  it('reports records that share an id', async () => {
    const record = (n: number) => ({
      dataset_record_id: `dr-${n}`,
      inputs: { n },
      tags: { id: 'same' },
    })
    const { rows, rejected } = await readMlflowDataset(
      mlflowWith([record(1), record(2)]),
      'questions',
    )
    expect(rows).toEqual([{ id: 'same', inputs: { n: 1 } }])
    expect(rejected).toEqual([
      { line: null, id: 'same', reason: 'has the id of another record; the first one counts' },
    ])
  })

  it('asks for fewer records at a time when an answer was more than the gateway carries', async () => {
    const asked: unknown[] = []
    const mlflow = mlflowThat((path, { max_results: most, page_token: page }) => {
      if (path.endsWith('/search')) return { datasets: [found] }
      asked.push(most)
      if (Number(most) > 20) throw new MlflowError('Internal Server Error', 500, '')
      const record = { dataset_record_id: `dr-${asked.length}`, inputs: {} }
      return {
        records: JSON.stringify([record]),
        ...(page === undefined && { next_page_token: 'next' }),
      }
    })
    const { rows } = await readMlflowDataset(mlflow, 'questions')
    expect(rows).toHaveLength(2)
    expect(asked).toEqual([250, 63, 16, 16])
  })

  it('does not ask again for what MLflow itself refuses', async () => {
    const mlflow = mlflowThat((path) => {
      if (path.endsWith('/search')) return { datasets: [found] }
      throw new MlflowError('no such dataset', 404, 'RESOURCE_DOES_NOT_EXIST')
    })
    await expect(readMlflowDataset(mlflow, 'questions')).rejects.toThrow('no such dataset')
    expect(mlflow.calls).toHaveLength(2)
  })

  it('is an error that says what to do when there is none of that name', async () => {
    const mlflow = mlflowThat(() => answerAsRecorded('dataset-unknown'))
    await expect(readMlflowDataset(mlflow, 'nothing')).rejects.toThrow(
      /MLflow has no evaluation dataset nothing\. Create it by .*create_dataset/,
    )
  })

  it('is an error when there are several of that name, for nobody can tell which is meant', async () => {
    const mlflow = mlflowWith([], [found, { ...found, dataset_id: 'd-2' }])
    await expect(readMlflowDataset(mlflow, 'questions')).rejects.toThrow(
      '2 evaluation datasets named questions: d-1, d-2. Delete all but one',
    )
  })

  it('is an error that says what to do when it has no record', async () => {
    await expect(readMlflowDataset(mlflowWith([]), 'questions')).rejects.toThrow(
      'The MLflow dataset questions has no rows. Add records to it by merge_records()',
    )
  })

  it('is searched for by a name that holds a quote', async () => {
    const filters: unknown[] = []
    const mlflow = mlflowThat((_, { filter_string: filter }) => {
      filters.push(filter)
      return {}
    })
    await expect(readMlflowDataset(mlflow, "it's")).rejects.toThrow('no evaluation dataset')
    expect(filters).toEqual([`name = "it's"`])
    await expect(readMlflowDataset(mlflow, `it's "it"`)).rejects.toThrow('without quotes')
  })
})
